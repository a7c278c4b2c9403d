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
  const added = addedBehind(theirs, chosen, placesInOurs(ours, theirs, indexes));
  return [
    ...(added.get(-1) ?? []),
    ...parts.flatMap((lines, index) => [...lines, ...(added.get(index) ?? [])]),
  ]
    .map(({ text }) => `${text}\n`)
    .join('');
}

/** Lines of `theirs` by the index in `ours` of the line before them; -1 is the start. */
function addedBehind(
  theirs: readonly MergeLine[],
  chosen: ReadonlySet<MergeLine>,
  places: ReadonlyMap<MergeLine, number>,
): ReadonlyMap<number, readonly MergeLine[]> {
  const added = new Map<number, MergeLine[]>();
  let anchor = -1;
  for (const line of theirs) {
    const place = places.get(line);
    if (chosen.has(line) && (place === undefined || line.entry === undefined)) {
      added.getOrInsertComputed(anchor, () => []).push(line);
    } else anchor = place ?? anchor;
  }
  return added;
}

/** Where the lines of `theirs` stand in `ours`. Comments and the like: if both have equally many of one text. */
function placesInOurs(
  ours: readonly MergeLine[],
  theirs: readonly MergeLine[],
  indexes: ReadonlyMap<string, number>,
): ReadonlyMap<MergeLine, number> {
  const positions = Map.groupBy(ours.keys(), (index) => ours[index]?.id);
  const places = new Map<MergeLine, number>();
  for (const [id, lines] of groupLines(theirs)) {
    const own = positions.get(id) ?? [];
    const written = indexes.get(id);
    for (const [number, line] of lines.entries()) {
      const paired = own.length === lines.length ? own[number] : undefined;
      const index = line.entry === undefined ? paired : written;
      if (index !== undefined && written !== undefined) places.set(line, index);
    }
  }
  return places;
}
