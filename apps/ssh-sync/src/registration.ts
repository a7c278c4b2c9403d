import { readFileSync } from 'node:fs';
import { ExpectedError, UsageError } from '@orrery/terminal';
import { ServerError } from '@orrery/vault';
import { text, type Options } from './context.ts';

const FLAG = '--registration-token-file';

/** What a token may be: one line that fits into a header (RFC 9110, 5.5), without blanks at its ends. */
const TOKEN = /^[!-~](?:[ -~]{0,4094}[!-~])?$/;

/**
 * The token that the server demands for a new account. It is a secret, so it comes from a file and not from the command
 * line. @throws {UsageError}
 */
export function readToken(options: Options): string | undefined {
  const file = text(options, 'registrationTokenFile');
  if (file === undefined) return undefined;
  const token = readFirst(file).trim();
  if (TOKEN.test(token)) return token;
  if (token === '')
    throw new UsageError(`Cannot use ${FLAG} "${file}": it is empty`, {
      hint: 'write the token into it that the operator of the server gave you, in one line',
    });
  throw new UsageError(`Cannot use ${FLAG} "${file}": one line with the token of the server expected`);
}

function readFirst(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`Cannot read ${FLAG} "${file}"`, { cause });
  }
}

/** A server that refuses a new account: what that has to do with the token. */
export function explainRefusal(options: Options, error: unknown): unknown {
  if (!(error instanceof ServerError && error.code === 'registration-closed')) return error;
  const file = text(options, 'registrationTokenFile');
  const hint =
    file === undefined
      ? `ask its operator for the registration token, write it to a file, and repeat with ${FLAG} FILE`
      : `${FLAG} "${file}" was sent: ask the operator of the server whether it holds the present token`;
  return new ExpectedError(error.message, { hint, cause: error });
}
