// -t: files that keep people out while they cannot be read. sshd says nothing of them before somebody logs in.
import { FormatError } from '@orrery/bytes';
import { MAX_KRL, parseRevokedKeys } from '@orrery/keys';
import { maxAuthorizedKeysBytes } from '@orrery/sshfiles';
import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { MAX_PASSWORD_FILE } from '../passwords/password-file.ts';
import { directives } from '../sshd-config/directives.ts';
import type { Item } from '../sshd-config/parse.ts';
import { readServerFile } from './monitor/server-file.ts';

interface Check {
  /** What is wrong with a file. */
  readonly problem: (path: string) => string | undefined;
  readonly effect: string;
}

const checks = {
  revokedKeys: { problem: problemOfRevoked, effect: 'no key logs in until it can be used' },
  passwordFile: { problem: problemOfPasswords, effect: 'no password is right until it can be used' },
  trustedUserCAKeys: { problem: problemOfLines, effect: 'no CA is trusted until it can be used' },
  authorizedPrincipalsFile: {
    problem: (path) => (isAbsolute(path) && !path.includes('%') ? problemOfLines(path) : undefined),
    effect: 'it has no principals until it can be used',
  },
} as const satisfies Record<string, Check>;

/** Tells of each line, also behind Match, whose file cannot be used now. It may be there when it is needed. */
export function checkFiles(items: readonly Item[], warn: (text: string) => void): void {
  for (const item of items) {
    if (item.kind === 'include') for (const file of item.files) checkFiles(file, warn);
    if (item.kind !== 'setting' || !isChecked(item.key)) continue;
    const path = directives[item.key].read(item.written, undefined);
    const { problem, effect }: Check = checks[item.key];
    const found = path === undefined ? undefined : problem(path);
    if (found !== undefined) warn(`${item.where}: cannot use "${path}": ${found}: ${effect}`);
  }
}

function isChecked(key: string): key is keyof typeof checks {
  return Object.hasOwn(checks, key);
}

function problemOfLines(path: string): string | undefined {
  const found = readServerFile(path, maxAuthorizedKeysBytes);
  return typeof found === 'string' ? found : undefined;
}

function problemOfRevoked(path: string): string | undefined {
  const found = readServerFile(path, MAX_KRL);
  if (typeof found === 'string') return found;
  try {
    parseRevokedKeys(found);
    return undefined;
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
}

function problemOfPasswords(path: string): string | undefined {
  const found = readServerFile(path, MAX_PASSWORD_FILE);
  if (typeof found === 'string') return found;
  return (statSync(path).mode & 0o077) === 0 ? undefined : 'others can read or write it';
}
