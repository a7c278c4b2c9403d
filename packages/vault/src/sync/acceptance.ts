import type { Attempt } from './attempt.ts';
import { forgottenHosts, reviewArrival, type Arrival, type PendingLine } from './arrival.ts';
import type { Change } from './changes.ts';
import { Ground } from './ground.ts';
import { reviewPublicKey } from './key-pair.ts';
import { findReferences, kindsOf, type References } from './references.ts';
import type { Remark, SyncHost } from './report.ts';
import { readStored } from './scan.ts';
import { showFirst, type ShownLines } from './urgency.ts';

/** A file that waits, with the lines to show of it. */
export interface Withheld extends ShownLines {
  readonly name: string;
}

/** The changes that may happen, those that wait for a person, and what was accepted on the way. */
export interface Sorted {
  readonly allowed: readonly Change[];
  readonly withheld: readonly Withheld[];
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
  accept: SyncHost['accept'],
): Promise<Sorted> {
  const arriving = changes.filter(({ toDisk }) => toDisk !== undefined);
  const ground = arriving.length === 0 ? undefined : new Ground(attempt, arriving);
  const pending =
    ground === undefined
      ? new Map<string, readonly PendingLine[]>()
      : pendingLines(attempt, arriving, ground);
  const all = [...pending.values()].flat();
  const agreed =
    all.length > 0 &&
    (await accept(all, changes.filter(({ name }) => pending.has(name)).flatMap(interceptions)));
  const allowed = changes.filter(({ name }) => agreed || !pending.has(name));
  const waiting = agreed ? [] : changes.filter(({ name }) => pending.has(name));
  return {
    allowed,
    withheld: agreed ? [] : [...pending].map(([name, lines]) => ({ name, ...showFirst(lines) })),
    warnings: [
      ...waiting.flatMap(interceptions),
      ...allowed.flatMap((change) => (ground === undefined ? [] : forgotten(attempt, change, ground))),
    ],
    accepted: agreed ? all.map(({ id }) => id) : [],
    references: ground?.references ?? attempt.references,
    standing: referencesAfter(attempt, allowed),
  };
}

/** The lines of each file that nobody has accepted yet. */
function pendingLines(
  attempt: Attempt,
  arriving: readonly Change[],
  ground: Ground,
): ReadonlyMap<string, readonly PendingLine[]> {
  const known = new Set(attempt.state.accepted.map((id) => id.toHex()));
  const pending = new Map<string, readonly PendingLine[]>();
  const awakened = awakenedLines(attempt, arriving, ground);
  for (const change of arriving) {
    const own = review(attempt, change, ground);
    const isConfig = kindsOf(change.name, ground.references).includes('config');
    const lines = [...own, ...(isConfig ? awakened : [])].filter(({ id }) => !known.has(id));
    if (lines.length > 0) pending.set(change.name, lines);
  }
  return pending;
}

/** Hosts named in one remark. */
const MAX_NAMED = 3;

/** Hosts that ssh will ask about as it asks about new ones: a person should know that they are not. */
function forgotten(attempt: Attempt, change: Change, ground: Ground): readonly Remark[] {
  if (change.toDisk === undefined) return [];
  const hosts = forgottenHosts(arrivalOf(attempt, change), ground);
  if (hosts.length === 0) return [];
  const more = hosts.length > MAX_NAMED ? ` and ${hosts.length - MAX_NAMED} more` : '';
  const text = `another machine took out ${hosts.slice(0, MAX_NAMED).join(', ')}${more}: ssh will ask about the key as about a new host's`;
  return [{ name: change.name, kind: 'forgotten', text }];
}

function interceptions({ remarks }: Change): readonly Remark[] {
  return remarks.filter(({ kind }) => kind === 'interception');
}

/** Lines of files that stand here unchanged, but only get a meaning through configs that arrive. */
function awakenedLines(
  attempt: Attempt,
  arriving: readonly Change[],
  ground: Ground,
): readonly PendingLine[] {
  const names = new Set(arriving.map(({ name }) => name));
  return [...attempt.scan.files.keys()]
    .filter((name) => !names.has(name))
    .filter((name) => kindsOf(name, ground.references).length > kindsOf(name, ground.present).length)
    .flatMap((name) => {
      const content = currentContent(attempt, name);
      const lines = reviewArrival({ name, current: content, incoming: content }, ground);
      const before = kindsOf(name, ground.present);
      const old = before.some((kind) => kind === 'program' || kind === 'revoked' || kind === 'guard');
      return old ? lines.filter(({ where }) => where !== name) : lines;
    });
}

function review(attempt: Attempt, change: Change, ground: Ground): readonly PendingLine[] {
  const arrival = arrivalOf(attempt, change);
  return [...reviewArrival(arrival, ground), ...reviewPublicKey(arrival, ground)];
}

function arrivalOf(attempt: Attempt, { name, toDisk }: Change): Arrival {
  const current = currentContent(attempt, name);
  return { name, current, incoming: toDisk?.bytes, executable: ((toDisk?.mode ?? 0) & 0o111) !== 0 };
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
