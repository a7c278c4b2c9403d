// Where to log in: `host`, `user@host`, `user@host:port` and `ssh://user@host:port` (ssh(1)).
import { OptionError } from './getopt.ts';

export interface Destination {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: string | undefined;
}

/** @throws {OptionError} */
export function readDestination(text: string): Destination {
  const found = text.startsWith('ssh://') ? readUri(text) : readPlain(text);
  if (found === undefined || found.host === '')
    throw new OptionError(
      `cannot read destination "${text}": user@host[:port] or ssh://user@host:port expected`,
    );
  return found;
}

/** What stands before the last `@` is the user. An IPv6 address has more than one colon and is no port. */
function readPlain(text: string): Destination | undefined {
  const at = text.lastIndexOf('@');
  const user = at === -1 ? undefined : text.slice(0, at);
  if (user === '') return undefined;
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(text.slice(at + 1)) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? { user, host: text.slice(at + 1), port: undefined } : { user, host, port };
}

/** draft-ietf-secsh-scp-sftp-ssh-uri: no path; `;` begins parameters of the connection, which have no meaning here. */
function readUri(text: string): Destination | undefined {
  const [, rawUser, bracketed, plain, port] =
    /^ssh:\/\/(?:([^@/]*)@)?(?:\[([^\]]*)\]|([^:/@]*))(?::(\d+))?\/?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || rawUser === '') return undefined;
  const user = rawUser === undefined ? undefined : decoded(rawUser.split(';', 1)[0] ?? '');
  return { user, host: decoded(host), port };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new OptionError(`cannot read "${text}" in a URI: malformed escape`, { cause });
  }
}
