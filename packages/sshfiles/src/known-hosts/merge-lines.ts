import type { ByteString } from '../config/tokens.ts';
import type { HashTests } from './hash-tests.ts';
import { type Entry, type KnownHosts, entryIdentity } from './parse.ts';

/** A line of one of the files of a merge. */
export interface MergeLine {
  /** Equal for lines of equal meaning in all three files. */
  readonly id: string;
  /** The bytes without the newline. */
  readonly text: ByteString;
  readonly entry: Entry | undefined;
}

/** Lines of the files with their identities; files are compared by these. */
export function identifyLines(
  files: readonly KnownHosts[],
  tests: HashTests,
): readonly (readonly MergeLine[])[] {
  const nameOf = namesOfHashed(files, tests);
  return files.map((file) =>
    file.lines.map((line): MergeLine => {
      const text = line.source.replace(/\n$/, '');
      if (line.kind !== 'entry') return { id: line.identity, text, entry: undefined };
      const name = nameOf(line);
      return { id: name === undefined ? line.identity : entryIdentity(line, name), text, entry: line };
    }),
  );
}

/** Lines by identity. */
export function groupLines(lines: readonly MergeLine[]): ReadonlyMap<string, readonly MergeLine[]> {
  return Map.groupBy(lines, ({ id }) => id);
}

/**
 * The name of a hashed host, if a line with the same marker and key shows it in any of the files. Only such names can
 * make two lines one, and there are few of them for each key.
 */
function namesOfHashed(
  files: readonly KnownHosts[],
  tests: HashTests,
): (entry: Entry) => ByteString | undefined {
  const names = new Map<string, Set<ByteString>>();
  for (const entry of files.flatMap(entriesOf)) {
    if (entry.hosts.kind === 'hashed') continue;
    const group = names.get(keyOf(entry)) ?? new Set();
    for (const name of entry.hosts.names) group.add(name);
    names.set(keyOf(entry), group);
  }
  const found = new Map<string, ByteString | undefined>();
  return (entry) => {
    const group = names.get(keyOf(entry));
    if (entry.hosts.kind === 'list' || group === undefined) return undefined;
    const { hosts, identity } = entry;
    if (!found.has(identity)) found.set(identity, tests.firstName(hosts, [...group]));
    return found.get(identity);
  };
}

export function entriesOf(file: KnownHosts): Entry[] {
  return file.lines.filter((line) => line.kind === 'entry');
}

function keyOf(entry: Entry): string {
  return `${entry.marker} ${entry.key}`;
}
