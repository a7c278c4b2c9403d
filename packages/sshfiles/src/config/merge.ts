import { equal } from '@orrery/bytes';
import type { Conflict } from '../review.ts';
import type { Versions } from './merge-order.ts';
import { type Disagreement, type Findings, mergeUnits } from './merge-units.ts';
import { type ConfigLine, demandComparable, parseConfig } from './parse.ts';
import { printConfig } from './print.ts';
import { type Unit, plainText, toUnits, unitLines } from './units.ts';

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
 * @throws RangeError for more than `maxConfigBytes` or `maxComparedLines`.
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
  for (const bytes of [base, ours, theirs]) demandComparable(bytes, 'merge');
  const units = (bytes: Uint8Array | undefined): Unit[] => toUnits(parseConfig(bytes ?? new Uint8Array()));
  const [winner, loser] = (prefer === 'ours' ? [ours, theirs] : [theirs, ours]).map(units);
  const versions = { base: units(base), winner: winner ?? [], loser: loser ?? [] };
  const findings: Findings = { disagreements: [], strays: new Set() };
  const merged = mergeUnits(versions, findings).flatMap(unitLines);
  const lines = endLines(withoutStrays(merged, versions, findings.strays));
  return {
    bytes: printConfig({ blocks: [{ head: undefined, lines }] }),
    conflicts: findings.disagreements.map((disagreement) => toConflict(disagreement, prefer)),
  };
}

/** A comment that came to stand elsewhere is found new at both places: the loser's copies too many are left out. */
function withoutStrays(
  lines: readonly ConfigLine[],
  { winner, loser }: Versions<readonly Unit[]>,
  strays: ReadonlySet<ConfigLine>,
): ConfigLine[] {
  const [most, others, merged] = [winner.flatMap(unitLines), loser.flatMap(unitLines), lines].map(
    countComments,
  );
  return lines.filter((line) => {
    if (line.kind !== 'comment' || !strays.has(line)) return true;
    const text = plainText(line);
    const count = merged?.get(text) ?? 0;
    if (count <= Math.max(most?.get(text) ?? 0, others?.get(text) ?? 0)) return true;
    merged?.set(text, count - 1);
    return false;
  });
}

function countComments(lines: readonly ConfigLine[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    if (line.kind === 'comment') counts.set(plainText(line), (counts.get(plainText(line)) ?? 0) + 1);
  }
  return counts;
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
