import { type ByteString, lowerCase } from '../config/tokens.ts';

/** A host name of which only a salted hash is written: `|1|salt|hash` (HMAC-SHA-1, both 20 bytes). */
export interface HashedHost {
  readonly kind: 'hashed';
  readonly text: ByteString;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** Host names and patterns, in lower case because ssh compares them so. */
export interface HostList {
  readonly kind: 'list';
  readonly names: readonly ByteString[];
  /** Those with `*` or `?`. */
  readonly patterns: readonly ByteString[];
  /** Those behind `!`, without it. A host that matches one of them is not meant by the line. */
  readonly negated: readonly ByteString[];
}

export type Hosts = HashedHost | HostList;

/** The length from which a pattern makes ssh ignore the whole list (OpenSSH's match.c), in bytes. */
const IGNORED_LENGTH = 1023;

const HASHED = /^\|1\|([A-Za-z0-9+/]{27}=)\|([A-Za-z0-9+/]{27}=)$/;

/** The hosts field of a line as ssh reads it; undefined if it can match no host. */
export function parseHosts(field: ByteString): Hosts | undefined {
  if (field.startsWith('|')) return parseHashed(field);
  const all = lowerCase(field)
    .split(',')
    .filter((pattern) => pattern !== '');
  const negated = all.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  const positive = all.filter((pattern) => !pattern.startsWith('!'));
  if ([...negated, ...positive].some((pattern) => pattern.length >= IGNORED_LENGTH)) return undefined;
  return {
    kind: 'list',
    names: positive.filter((pattern) => !isPattern(pattern)),
    patterns: positive.filter(isPattern),
    negated,
  };
}

function parseHashed(text: ByteString): HashedHost | undefined {
  const [, salt = '', hash = ''] = HASHED.exec(text) ?? [];
  try {
    const decode = (base64: string): Uint8Array =>
      Uint8Array.fromBase64(base64, { lastChunkHandling: 'strict' });
    const host: HashedHost = { kind: 'hashed', text, salt: decode(salt), hash: decode(hash) };
    return host.salt.length === 20 ? host : undefined;
  } catch {
    return undefined;
  }
}

/** One text for all lists that mean the same hosts. */
export function canonicalHosts(hosts: Hosts): ByteString {
  if (hosts.kind === 'hashed') return hosts.text;
  const negated = hosts.negated.map((pattern) => `!${pattern}`);
  return [...new Set([...hosts.names, ...hosts.patterns, ...negated])].toSorted().join();
}

/** `[host]:22` is `host`: ssh writes the port only if it is another. */
export function withoutDefaultPort(name: ByteString): ByteString {
  return /^\[(.+)\]:22$/.exec(name)?.[1] ?? name;
}

/** The host of `[host]:port`. ssh asks for its keys when it knows none for that port. */
export function withoutPort(name: ByteString): ByteString | undefined {
  return /^\[(.+)\]:\d+$/.exec(name)?.[1];
}

function isPattern(pattern: ByteString): boolean {
  return /[*?]/.test(pattern);
}
