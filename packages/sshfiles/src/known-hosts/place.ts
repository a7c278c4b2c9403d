import type { ByteString } from '../config/tokens.ts';
import { type MergeLine, groupLines } from './merge-lines.ts';

type Groups = ReadonlyMap<string, readonly MergeLine[]>;

/**
 * The text of a merge: the lines of `ours` that are kept, in their order, and the other kept lines of `theirs`, each
 * behind the line that it stands behind there. `forms` are the lines that are written for an identity: all of them are
 * of `ours`, or all of `theirs`.
 *
 * An entry that both files have stays where it is in `ours`. Comments and the like stand where that side has them whose
 * lines are written.
 */
export function placeLines(
  ours: readonly MergeLine[],
  theirs: readonly MergeLine[],
  forms: Groups,
): ByteString {
  const chosen = new Set([...forms.values()].flat());
  const indexes = new Map<string, number>();
  const parts = ours.map((line, index) => {
    const isReplaced = line.entry !== undefined && !indexes.has(line.id);
    const written = chosen.has(line) ? [line] : isReplaced ? (forms.get(line.id) ?? []) : [];
    if (written.length > 0) indexes.set(line.id, index);
    return written;
  });
  const added = addedBehind(theirs, chosen, indexes, new Set(repeatedIds(ours)));
  return [
    ...(added.get(-1) ?? []),
    ...parts.flatMap((lines, index) => [...lines, ...(added.get(index) ?? [])]),
  ]
    .map(({ text }) => `${text}\n`)
    .join('');
}

/** Lines of `theirs` by the index of the line before them, whose index in `ours` is given; -1 is the start. */
function addedBehind(
  theirs: readonly MergeLine[],
  chosen: ReadonlySet<MergeLine>,
  indexes: ReadonlyMap<string, number>,
  repeated: ReadonlySet<string>,
): ReadonlyMap<number, readonly MergeLine[]> {
  const unclear = new Set([...repeated, ...repeatedIds(theirs)]);
  const added = new Map<number, MergeLine[]>();
  let anchor = -1;
  for (const line of theirs) {
    const index = indexes.get(line.id);
    if (chosen.has(line) && (index === undefined || line.entry === undefined)) {
      added.getOrInsertComputed(anchor, () => []).push(line);
    } else if (index !== undefined && (line.entry !== undefined || !unclear.has(line.id))) anchor = index;
  }
  return added;
}

function repeatedIds(lines: readonly MergeLine[]): readonly string[] {
  return [...groupLines(lines)].filter(([, group]) => group.length > 1).map(([id]) => id);
}
