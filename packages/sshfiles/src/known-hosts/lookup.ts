import { insecureHmacSha1, randomBytes } from '@orrery/crypto';
import { matchesPattern } from '@orrery/keys';
import { fromByteString, toByteString } from '../config/tokens.ts';
import { hashesTo } from './hash-tests.ts';
import type { Entry } from './parse.ts';

/**
 * Whether an entry is about a host.
 * @param name As ssh writes it: in lower case, `[host]:port` for a port that is not 22.
 */
export function isEntryFor({ hosts }: Entry, name: string): boolean {
  const bytes = toByteString(new TextEncoder().encode(name));
  if (hosts.kind === 'hashed') return hashesTo(hosts, fromByteString(bytes));
  if (hosts.negated.some((pattern) => matchesPattern(bytes, pattern))) return false;
  return hosts.names.includes(bytes) || hosts.patterns.some((pattern) => matchesPattern(bytes, pattern));
}

/** The hosts field of a line that does not tell which host it is about (`HashKnownHosts`). */
export function hashHostName(name: string): string {
  const salt = randomBytes(20);
  const hash = insecureHmacSha1(salt, new TextEncoder().encode(name));
  return `|1|${salt.toBase64()}|${hash.toBase64()}`;
}
