import type { Attempt } from './attempt.ts';
import { reviewArrival, type PendingLine } from './arrival.ts';
import type { Change } from './changes.ts';
import { findReferences, joinReferences, type References } from './references.ts';
import { readStored } from './scan.ts';

/** The changes that may happen, those that wait for a person, and what was accepted on the way. */
export interface Sorted {
  readonly allowed: readonly Change[];
  readonly withheld: readonly { readonly name: string; readonly lines: readonly PendingLine[] }[];
  readonly accepted: readonly string[];
  /** What the folder's files refer to, now or after the changes. */
  readonly references: References;
}

/**
 * Looks for lines in arrivals that a person must accept. All are asked about together, once; a file with
 * lines that are not accepted is withheld as a whole, in both directions.
 */
export async function sortByAcceptance(
  attempt: Attempt,
  changes: readonly Change[],
  accept: (lines: readonly PendingLine[]) => Promise<boolean>,
): Promise<Sorted> {
  const references = referencesAfter(attempt, changes);
  const known = new Set(attempt.state.accepted.map((id) => id.toHex()));
  const pending = new Map<string, readonly PendingLine[]>();
  for (const change of changes) {
    const lines = review(attempt, change, references).filter(({ id }) => !known.has(id));
    if (lines.length > 0) pending.set(change.name, lines);
  }
  const all = [...pending.values()].flat();
  const agreed = all.length > 0 && (await accept(all));
  return {
    allowed: changes.filter(({ name }) => agreed || !pending.has(name)),
    withheld: agreed ? [] : [...pending].map(([name, lines]) => ({ name, lines })),
    accepted: agreed ? all.map(({ id }) => id) : [],
    references,
  };
}

function review(attempt: Attempt, change: Change, references: References): readonly PendingLine[] {
  const { name, toDisk } = change;
  if (toDisk === undefined) return [];
  return reviewArrival(
    { name, current: currentContent(attempt, name), incoming: toDisk?.bytes },
    references,
    attempt.place,
    attempt.state.former,
  );
}

/** A file of the folder in the form in which it is stored; undefined if there is none. */
export function currentContent(attempt: Attempt, name: string): Uint8Array | undefined {
  const file = attempt.scan.files.get(name);
  return file === undefined ? undefined : readStored(attempt.place, name, file.portable).content;
}

/** A file that a config names counts as code whether the config here names it or the one that arrives. */
function referencesAfter(attempt: Attempt, changes: readonly Change[]): References {
  const arriving = new Map(
    changes.flatMap(({ name, toDisk }) => (toDisk === undefined ? [] : [[name, toDisk] as const])),
  );
  if (arriving.size === 0) return attempt.references;
  const names = [...new Set([...attempt.scan.files.keys(), ...arriving.keys()])];
  const read = (name: string): Uint8Array | undefined =>
    arriving.has(name) ? arriving.get(name)?.bytes : currentContent(attempt, name);
  return joinReferences(attempt.references, findReferences(names, read, attempt.place));
}
