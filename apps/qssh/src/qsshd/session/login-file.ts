// ExposeAuthInfo: by what a user was let in, in a file for the user's programs (sshd_config(5)).
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';

export interface LoginFile {
  readonly path: string;
  /** Takes it away. */
  remove(): void;
}

/**
 * Writes a file that this user alone can read.
 * @param lines A method and, for a key, its public line each. @returns undefined if there is no place for it.
 */
export function writeLoginFile(lines: readonly string[]): LoginFile | undefined {
  const path = `/tmp/sshauth.${randomBytes(12).toString('hex')}`;
  try {
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''), { mode: 0o600, flag: 'wx' });
  } catch {
    return undefined; // below another root there may be no /tmp
  }
  return { path, remove: () => rmSync(path, { force: true }) };
}
