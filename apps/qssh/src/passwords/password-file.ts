// The database of qssh-passwd: a line `name:hash` for each user who has a password; empty lines and those that begin with
// `#` are kept.
import { isPasswordHash } from './password-hash.ts';

/** Longest file, in bytes. */
export const MAX_PASSWORD_FILE = 1024 * 1024;

/** Whether somebody may be called so: what useradd(8) takes at most, and nothing that would end a field or a line. */
export function isUserName(name: string): boolean {
  return /^[^\s:#\p{C}][^\s:\p{C}]{0,255}$/u.test(name);
}

/** The user's hash; undefined if there is none. @throws {SyntaxError} if any line is none. */
export function findPassword(text: string, name: string): string | undefined {
  return linesOf(text).findLast((line) => line.name === name)?.hash;
}

/** The hash of some user; undefined if nobody has one. @throws {SyntaxError} if any line is none. */
export function anyPassword(text: string): string | undefined {
  return linesOf(text).findLast((line) => line.hash !== undefined)?.hash;
}

/** The text with another hash for the user; undefined for none. @throws {SyntaxError} if any line is none. */
export function withPassword(text: string, name: string, hash: string | undefined): string {
  const entry = hash === undefined ? [] : [`${name}:${hash}`];
  const lines = linesOf(text);
  const index = lines.findIndex((line) => line.name === name);
  const others = lines.filter((line) => line.name !== name);
  const at = index === -1 ? others.length : index;
  return others
    .map(({ text: line }) => line)
    .toSpliced(at, 0, ...entry)
    .map((line) => `${line}\n`)
    .join('');
}

interface Line {
  readonly text: string;
  /** Of a user; undefined for a comment. */
  readonly name?: string;
  readonly hash?: string;
}

function linesOf(text: string): readonly Line[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return { text: line };
    const colon = line.indexOf(':');
    const [name, hash] = [line.slice(0, Math.max(colon, 0)), line.slice(colon + 1)];
    if (!isUserName(name) || !isPasswordHash(hash))
      throw new SyntaxError(
        `Cannot read the passwords: line ${index + 1} is not "NAME:HASH" as qssh-passwd writes it`,
      );
    return { text: line, name, hash };
  });
}
