import { equal } from '@orrery/bytes';
import type { Conflict } from '../review.ts';
import { type Disagreement, mergeUnits } from './merge-units.ts';
import { type ConfigLine, parseConfig } from './parse.ts';
import { printConfig } from './print.ts';
import { type Unit, toUnits, unitLines } from './units.ts';

export interface MergedConfig {
  readonly bytes: Uint8Array;
  readonly conflicts: Conflict[];
}

/**
 * Merges two versions of a config by meaning, block by block and directive by directive. What only one side changed
 * is taken from it, additions of both are kept, an edit beats a deletion; where both changed the same directive,
 * `prefer` wins and a conflict says so. The order of either side is kept, since for ssh the first value counts.
 *
 * `base` undefined: the two have nothing in common yet, and what either has is kept. A missing side leaves the bytes
 * of the other: whether a deleted file is deleted everywhere is for the caller to decide.
 *
 * @throws RangeError for more than `maxConfigBytes`.
 */
export function mergeConfig(
  base: Uint8Array | undefined,
  ours: Uint8Array | undefined,
  theirs: Uint8Array | undefined,
  prefer: 'ours' | 'theirs',
): MergedConfig {
  if (ours === undefined || theirs === undefined) {
    return { bytes: ours ?? theirs ?? new Uint8Array(), conflicts: [] };
  }
  if (equal(ours, theirs) || (base !== undefined && equal(base, theirs)))
    return { bytes: ours, conflicts: [] };
  if (base !== undefined && equal(base, ours)) return { bytes: theirs, conflicts: [] };
  const units = (bytes: Uint8Array | undefined): Unit[] => toUnits(parseConfig(bytes ?? new Uint8Array()));
  const [winner, loser] = prefer === 'ours' ? [ours, theirs] : [theirs, ours];
  const conflicts: Conflict[] = [];
  const merged = mergeUnits(
    { base: units(base), winner: units(winner), loser: units(loser) },
    (disagreement) => conflicts.push(toConflict(disagreement, prefer)),
  );
  return {
    bytes: printConfig({ blocks: [{ head: undefined, lines: endLines(merged.flatMap(unitLines)) }] }),
    conflicts,
  };
}

function toConflict({ where, winner, loser, kept, note }: Disagreement, prefer: 'ours' | 'theirs'): Conflict {
  const other = prefer === 'ours' ? 'theirs' : 'ours';
  const texts = prefer === 'ours' ? { ours: winner, theirs: loser } : { ours: loser, theirs: winner };
  return {
    where,
    ...texts,
    kept: kept === 'winner' ? prefer : other,
    ...(note === undefined ? {} : { note }),
  };
}

/** A last line that is not last any more gets the line end that the first one has. */
function endLines(lines: readonly ConfigLine[]): ConfigLine[] {
  const first = lines.find((line) => line.source.endsWith('\n'));
  const end = first?.source.endsWith('\r\n') === true ? '\r\n' : '\n';
  return lines.map((line, index) =>
    index === lines.length - 1 || line.source.endsWith('\n') ? line : { ...line, source: line.source + end },
  );
}
