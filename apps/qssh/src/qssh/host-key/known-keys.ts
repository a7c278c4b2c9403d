// What the known_hosts files say of one host.
import { readFileSync } from 'node:fs';
import { reasonOf } from '../../copy/reason.ts';
import { LoginError } from '../failure.ts';
import { type KnownHostsEntry, isEntryFor, parseKnownHosts } from '@orrery/sshfiles';

/** An entry and where it stands. */
export interface KnownKey {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Whether this program may change the file: it is one of UserKnownHostsFile. */
  readonly isUser: boolean;
  readonly entry: KnownHostsEntry;
}

/** All entries of the files, in order; files that do not exist say nothing. */
export function readKnownHosts(files: readonly { path: string; isUser: boolean }[]): KnownKey[] {
  return files.flatMap(({ path, isUser }) => {
    const bytes = readIfExists(path);
    return bytes === undefined ? [] : entriesOf(bytes, path, isUser);
  });
}

export function entriesOf(bytes: Uint8Array, file: string, isUser: boolean): KnownKey[] {
  return parseKnownHosts(bytes).lines.flatMap((entry, index) =>
    entry.kind === 'entry' ? [{ file, line: index + 1, isUser, entry }] : [],
  );
}

/** What a host's key is to what is known of it. */
export type Standing =
  | { readonly kind: 'known'; readonly by: KnownKey }
  | { readonly kind: 'revoked'; readonly by: KnownKey }
  /** Another key of this type is known. */
  | { readonly kind: 'changed'; readonly known: readonly KnownKey[] }
  /** Keys of other types may be known. */
  | { readonly kind: 'new'; readonly others: readonly KnownKey[] };

/** @param name As in known_hosts: `[host]:port` unless the port is 22. @param key In base64. */
export function standingOf(keys: readonly KnownKey[], name: string, type: string, key: string): Standing {
  const own = keys.filter(({ entry }) => isEntryFor(entry, name));
  const revoked = own.find(({ entry }) => entry.marker === '@revoked' && entry.key === key);
  if (revoked !== undefined) return { kind: 'revoked', by: revoked };
  const trusted = own.filter(({ entry }) => entry.marker === '');
  const same = trusted.find(({ entry }) => entry.key === key);
  if (same !== undefined) return { kind: 'known', by: same };
  const known = trusted.filter(({ entry }) => entry.keyType === type);
  return known.length > 0 ? { kind: 'changed', known } : { kind: 'new', others: trusted };
}

/** Types of the keys by which a host is known. */
export function knownTypes(keys: readonly KnownKey[], name: string): ReadonlySet<string> {
  const own = keys.filter(({ entry }) => entry.marker === '' && isEntryFor(entry, name));
  return new Set(own.map(({ entry }) => entry.keyType));
}

function readIfExists(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && ['ENOENT', 'ENOTDIR'].includes(String(cause.code)))
      return undefined;
    throw new LoginError(`qssh: cannot read "${path}": ${reasonOf(cause).toLowerCase()}`, { cause });
  }
}
