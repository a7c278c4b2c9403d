import type { Attempt } from './attempt.ts';
import { reviewArrival, type PendingLine } from './arrival.ts';
import type { Change } from './changes.ts';
import { findReferences, joinReferences, kindsOf, type References } from './references.ts';
import type { Remark } from './report.ts';
import { readStored } from './scan.ts';

/** The changes that may happen, those that wait for a person, and what was accepted on the way. */
export interface Sorted {
  readonly allowed: readonly Change[];
  readonly withheld: readonly { readonly name: string; readonly lines: readonly PendingLine[] }[];
  /** What to know of the changes that wait, above all before they are accepted. */
  readonly warnings: readonly Remark[];
  readonly accepted: readonly string[];
  /** What the folder's files refer to, now or with all arrivals, accepted or not. */
  readonly references: References;
  /** What they refer to once the allowed changes are done. */
  readonly standing: References;
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
  const references = joinReferences(attempt.references, referencesAfter(attempt, changes));
  const known = new Set(attempt.state.accepted.map((id) => id.toHex()));
  const pending = new Map<string, readonly PendingLine[]>();
  const awakened = awakenedLines(attempt, changes, references);
  for (const change of changes) {
    const own = review(attempt, change, references);
    const isConfig = change.toDisk !== undefined && kindsOf(change.name, references).includes('config');
    const lines = [...own, ...(isConfig ? awakened : [])].filter(({ id }) => !known.has(id));
    if (lines.length > 0) pending.set(change.name, lines);
  }
  const all = [...pending.values()].flat();
  const agreed = all.length > 0 && (await accept(all));
  const allowed = changes.filter(({ name }) => agreed || !pending.has(name));
  return {
    allowed,
    withheld: agreed ? [] : [...pending].map(([name, lines]) => ({ name, lines })),
    warnings: agreed ? [] : changes.filter(({ name }) => pending.has(name)).flatMap(interceptions),
    accepted: agreed ? all.map(({ id }) => id) : [],
    references,
    standing: referencesAfter(attempt, allowed),
  };
}

function interceptions({ remarks }: Change): readonly Remark[] {
  return remarks.filter(({ kind }) => kind === 'interception');
}

/** Lines of files that stand here unchanged, but only get a meaning through configs that arrive. */
function awakenedLines(
  attempt: Attempt,
  changes: readonly Change[],
  references: References,
): readonly PendingLine[] {
  const arriving = new Set(changes.filter(({ toDisk }) => toDisk !== undefined).map(({ name }) => name));
  if (arriving.size === 0) return [];
  return [...attempt.scan.files.keys()]
    .filter((name) => !arriving.has(name))
    .filter((name) => kindsOf(name, references).length > kindsOf(name, attempt.references).length)
    .flatMap((name) => {
      const content = currentContent(attempt, name);
      const arrival = { name, current: content, incoming: content };
      const lines = reviewArrival(
        arrival,
        attempt.references,
        references,
        attempt.place,
        attempt.state.former,
      );
      const before = kindsOf(name, attempt.references);
      const old = before.some((kind) => kind === 'program' || kind === 'revoked' || kind === 'guard');
      return old ? lines.filter(({ where }) => where !== name) : lines;
    });
}

function review(attempt: Attempt, change: Change, references: References): readonly PendingLine[] {
  const { name, toDisk } = change;
  if (toDisk === undefined) return [];
  return reviewArrival(
    { name, current: currentContent(attempt, name), incoming: toDisk?.bytes },
    attempt.references,
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

/** What the configs refer to once the changes are done. */
function referencesAfter(attempt: Attempt, changes: readonly Change[]): References {
  const arriving = new Map(
    changes.flatMap(({ name, toDisk }) => (toDisk === undefined ? [] : [[name, toDisk] as const])),
  );
  if (arriving.size === 0) return attempt.references;
  const names = [...new Set([...attempt.scan.files.keys(), ...arriving.keys()])];
  const read = (name: string): Uint8Array | undefined =>
    arriving.has(name) ? arriving.get(name)?.bytes : currentContent(attempt, name);
  return findReferences(names, read, attempt.place);
}
