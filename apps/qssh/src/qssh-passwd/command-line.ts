import { OptionError, readOptions } from '../qssh/getopt.ts';
import { isUserName } from '../passwords/password-file.ts';

export const usage = `usage: qssh-passwd [-f file] user        set the password of a user
       qssh-passwd -c [-f file] user     verify it: exit code 0 if it is the right one
       qssh-passwd -d [-f file] user     delete it
Passwords are asked for on the terminal; without one, they are the first line of standard input.
`;

export interface CommandLine {
  readonly action: 'set' | 'verify' | 'delete';
  /** Undefined for the default one. */
  readonly file: string | undefined;
  readonly user: string;
}

/** @throws {OptionError} */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const { found, rest } = readOptions(argv, { letters: 'cdf:', long: [] });
  const last = new Map(found.map(({ name, value }) => [name, value]));
  const [user, ...others] = rest;
  if (last.has('c') && last.has('d')) throw new OptionError('-c and -d exclude each other');
  if (user === undefined || others.length > 0) throw new OptionError('one user is expected');
  if (!isUserName(user))
    throw new OptionError(
      `invalid user "${user}": a name without blanks, colons and control characters expected`,
    );
  return { action: last.has('c') ? 'verify' : last.has('d') ? 'delete' : 'set', file: last.get('f'), user };
}
