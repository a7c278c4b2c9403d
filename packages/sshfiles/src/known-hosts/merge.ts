import { equal } from '@orrery/bytes';
import { type ByteString, fromByteString } from '../config/tokens.ts';
import type { Conflict } from '../review.ts';
import { findConflicts } from './conflicts.ts';
import { HashTests } from './hash-tests.ts';
import { type MergeLine, groupLines, identifyLines } from './merge-lines.ts';
import { type KnownHostsLine, entryIdentity, parseKnownHosts } from './parse.ts';
import { placeLines } from './place.ts';

type Groups = ReadonlyMap<string, readonly MergeLine[]>;

/**
 * Merges two known_hosts files that come from one, by meaning: an entry is its marker, hosts and key. What either side
 * added stays, what either side removed goes, several keys of a host stay side by side. A hashed host is the same as a
 * name that it hashes to, if a line with the same key shows that name. The order is that of `ours`, with the further
 * lines of `theirs` behind the lines that they stand behind there; comments keep their places.
 *
 * `conflicts` names the hosts for which both sides have got different keys of one type. A file that does not exist is
 * undefined.
 *
 * @throws RangeError for a file over the limits of `parseKnownHosts`.
 */
export function mergeKnownHosts(
  base: Uint8Array = new Uint8Array(),
  ours: Uint8Array = new Uint8Array(),
  theirs: Uint8Array = new Uint8Array(),
): { bytes: Uint8Array; conflicts: Conflict[] } {
  if (equal(ours, theirs) || equal(base, theirs)) return { bytes: ours, conflicts: [] };
  if (equal(base, ours)) return { bytes: theirs, conflicts: [] };
  const parsed = new Map<ByteString, KnownHostsLine>();
  const files = [
    parseKnownHosts(base, parsed),
    parseKnownHosts(ours, parsed),
    parseKnownHosts(theirs, parsed),
  ] as const;
  const tests = new HashTests();
  const [b = [], o = [], t = []] = identifyLines(files, tests);
  const forms = chooseForms(groupLines(b), groupLines(o), groupLines(t));
  return { bytes: fromByteString(placeLines(o, t, forms)), conflicts: findConflicts(...files, tests) };
}

/** The lines to write for each identity that is kept: those of the side that changed them. */
function chooseForms(base: Groups, ours: Groups, theirs: Groups): Groups {
  const kept = new Map<string, readonly MergeLine[]>();
  for (const id of new Set([...ours.keys(), ...theirs.keys()])) {
    const b = base.get(id);
    const o = ours.get(id);
    const t = theirs.get(id);
    if (o !== undefined && t !== undefined) kept.set(id, chooseForm(b, o, t));
    else if (b === undefined) kept.set(id, o ?? t ?? []);
  }
  for (const id of listedHosts(base, ours, theirs, kept)) kept.delete(id);
  return kept;
}

/** Hashed hosts that only one side has, and the other side has in clear in a list with further names: not needed. */
function listedHosts(base: Groups, ours: Groups, theirs: Groups, kept: Groups): string[] {
  const hashed = [...kept].filter(([id, [line]]) => line?.entry?.hosts.kind === 'hashed' && !base.has(id));
  if (hashed.length === 0) return [];
  const oursListed = listedNames(ours, kept);
  const theirsListed = listedNames(theirs, kept);
  return hashed
    .map(([id]) => id)
    .filter((id) => {
      if (!theirs.has(id)) return theirsListed.has(id) && !oursListed.has(id);
      return !ours.has(id) && oursListed.has(id) && !theirsListed.has(id);
    });
}

function chooseForm(
  base: readonly MergeLine[] | undefined,
  ours: readonly MergeLine[],
  theirs: readonly MergeLine[],
): readonly MergeLine[] {
  if (textOf(ours) === textOf(theirs) || textOf(base) === textOf(theirs)) return ours;
  if (textOf(base) === textOf(ours)) return theirs;
  // Both sides wrote it anew. The choice must not depend on which is ours: names in clear first, then the longer text.
  return rank(ours) > rank(theirs) ? ours : theirs;
}

/** The texts in an order of their own, because places are chosen apart from texts. */
function textOf(lines: readonly MergeLine[] = []): string {
  return lines
    .map(({ text }) => text)
    .toSorted()
    .join('\n');
}

/** A text that sorts higher for the form that says more. */
function rank(lines: readonly MergeLine[]): string {
  const inClear = lines.every(({ entry }) => entry?.hosts.kind !== 'hashed');
  const text = textOf(lines);
  return `${Number(inClear)} ${String(text.length).padStart(10, '0')} ${text}`;
}

/** The identities that the names of kept host lists would have if they stood alone. */
function listedNames(file: Groups, kept: Groups): ReadonlySet<string> {
  const entries = [...file].flatMap(([id, lines]) => (kept.has(id) ? lines.map(({ entry }) => entry) : []));
  return new Set(
    entries.flatMap((entry) =>
      entry?.hosts.kind === 'list' && entry.hosts.negated.length === 0
        ? entry.hosts.names.map((name) => entryIdentity(entry, name))
        : [],
    ),
  );
}
