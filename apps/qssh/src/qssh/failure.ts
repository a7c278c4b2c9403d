import { DisconnectedError, SshError } from '@orrery/ssh';
import { visible } from '@orrery/terminal';

/** Something that people can understand went wrong; the message is all there is to say. */
export class LoginError extends Error {
  override readonly name = 'LoginError';
}

/** What went wrong with a connection, with the place that it leads to. Anything else stays as it is. */
export function failureAt(where: string, cause: unknown): unknown {
  if (!(cause instanceof SshError)) return cause;
  if (cause instanceof DisconnectedError) {
    const text = `Received disconnect from ${where}:${cause.reason}: ${visible(cause.description)}`;
    return new LoginError(text, { cause });
  }
  return new LoginError(`qssh: connection to ${where}: ${messageOf(cause)}`, { cause });
}

/** Scripts know these by OpenSSH's words. */
function messageOf({ code, message }: SshError): string {
  return code === 'macError' ? 'Corrupted MAC on input: message authentication code incorrect' : message;
}
