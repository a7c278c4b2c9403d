import { fingerprint } from '@orrery/keys';
import { type ByteString, fromByteString } from '../config/tokens.ts';
import { type Conflict, printable } from '../review.ts';
import type { HashTests } from './hash-tests.ts';
import { withoutDefaultPort } from './hosts.ts';
import { entriesOf } from './merge-lines.ts';
import { type Entry, type KnownHosts, identities } from './parse.ts';

/** Keys by host and type: `name type`. */
type Keys = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The hosts for which both sides have got keys of one type that the other side and the base do not have. Hashed hosts
 * take part where a name of the files tells them.
 */
export function findConflicts(
  base: KnownHosts,
  ours: KnownHosts,
  theirs: KnownHosts,
  tests: HashTests,
): Conflict[] {
  const oursNew = newEntries(ours, base, theirs);
  const theirsNew = newEntries(theirs, base, ours);
  if (oursNew.length === 0 || theirsNew.length === 0) return [];
  const near = namesOf([...oursNew, ...theirsNew]);
  const all = namesOf([base, ours, theirs].flatMap(entriesOf));
  const hostNames = (entry: Entry): readonly ByteString[] => {
    if (entry.hosts.kind === 'list') return namesOf([entry]);
    const name = tests.firstName(entry.hosts, near) ?? tests.firstName(entry.hosts, all);
    return name === undefined ? [] : [name];
  };
  const ourKeys = keysByHost(oursNew, hostNames, [base, theirs]);
  const theirKeys = keysByHost(theirsNew, hostNames, [base, ours]);
  return [...ourKeys].flatMap(([host, keys]) => {
    const others = theirKeys.get(host);
    return others === undefined ? [] : [conflict(host, keys, others)];
  });
}

function newEntries(file: KnownHosts, ...others: readonly KnownHosts[]): Entry[] {
  const known = others.map(identities);
  return entriesOf(file).filter(
    (entry) => entry.marker === '' && known.every((lines) => !lines.has(entry.identity)),
  );
}

function keysByHost(
  entries: readonly Entry[],
  hostNames: (entry: Entry) => readonly ByteString[],
  others: readonly KnownHosts[],
): Keys {
  const keys = new Map<string, Set<string>>();
  for (const entry of entries) {
    for (const name of hostNames(entry)) {
      const id = `${name} ${entry.keyType}`;
      keys.set(id, (keys.get(id) ?? new Set()).add(entry.key));
    }
  }
  // A key that another file has for the same host, in a line with other hosts, is not new.
  for (const entry of keys.size === 0 ? [] : others.flatMap(entriesOf)) {
    for (const name of namesOf([entry])) keys.get(`${name} ${entry.keyType}`)?.delete(entry.key);
  }
  return new Map([...keys].filter(([, set]) => set.size > 0));
}

function conflict(host: string, ours: ReadonlySet<string>, theirs: ReadonlySet<string>): Conflict {
  const [name = '', keyType = ''] = host.split(' ');
  const where = printable(fromByteString(name));
  const describe = (keys: ReadonlySet<string>): string =>
    [...keys].map((key) => `${keyType} ${fingerprint(Uint8Array.fromBase64(key), 'sha256')}`).join(', ');
  return {
    where,
    ours: describe(ours),
    theirs: describe(theirs),
    kept: 'both',
    note: `two machines saw different keys for ${where}: possible interception`,
  };
}

/** The names in clear of the entries, each once. */
function namesOf(entries: readonly Entry[]): readonly ByteString[] {
  const names = entries.flatMap(({ hosts }) => (hosts.kind === 'list' ? hosts.names : []));
  return [...new Set(names.map(withoutDefaultPort))];
}
