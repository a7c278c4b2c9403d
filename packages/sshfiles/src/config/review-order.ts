// For ssh the first value of a keyword counts. A line that was accepted, or that is harmless by itself, does harm when
// it comes to stand before a line that it did not override until now.
import type { Entry, Reading } from './entries.ts';
import { headRank, headsMeet } from './head.ts';
import type { ByteString } from './tokens.ts';
import { readsAgain } from './verdict.ts';

/** With more lines of one keyword, their order is not compared line by line. */
const maxGroup = 2000;

/** For each line of `after` that now overrides lines of `before`: those lines. */
export function findOverriding(before: Reading, after: Reading): Map<Entry, Entry[]> {
  const found = new Map<Entry, Entry[]>();
  const again = isReadAgain(before, after);
  const matters = (entry: Entry, other: Entry): boolean =>
    harms(entry, other) || (leads(entry) && before.keys.has(entry.key));
  for (const [old, now] of groupPairs(before, after)) {
    for (const [entry, overridden] of overtaking(old, now, again, matters)) {
      found.set(entry, [...new Set([...(found.get(entry) ?? []), ...overridden])]);
    }
  }
  return found;
}

/** For each line that is gone: the accepted lines behind it that count now. */
export function findUncovered(before: Reading, after: Reading): Map<Entry, Entry[]> {
  const found = new Map<Entry, Entry[]>();
  const again = isReadAgain(before, after);
  for (const [old, now] of groupPairs(before, after)) {
    const replaced = new Set(now.map(({ block, group }) => `${block}\n${group}`));
    const gone = (entry: Entry): boolean =>
      !after.keys.has(entry.key) && !replaced.has(`${entry.block}\n${entry.group}`);
    if (old.length > maxGroup) {
      for (const entry of old.filter(gone)) found.set(entry, [entry]);
      continue;
    }
    for (const [index, entry] of old.entries()) {
      if (!gone(entry)) continue;
      const others = again ? old : old.slice(index + 1);
      const uncovered = others.filter((other) => {
        const counts = other.asked !== undefined || (leads(other) && headRank(other.head) < 2);
        return after.keys.has(other.key) && counts && differs(entry, other, again);
      });
      if (uncovered.length > 0) found.set(entry, uncovered);
    }
  }
  return found;
}

type Pair = readonly [old: readonly Entry[], now: readonly Entry[]];

/** The lines of both configs that can override each other, each line once, those that count first. */
function groupPairs(before: Reading, after: Reading): Pair[] {
  const groups = new Set([...before.entries, ...after.entries].map(({ group }) => group));
  groups.delete('');
  const old = Map.groupBy(before.entries, ({ group }) => group);
  const now = Map.groupBy(after.entries, ({ group }) => group);
  const pairs = [...groups].map((group): Pair => [
    inForce(old.get(group) ?? []),
    inForce(now.get(group) ?? []),
  ]);
  if (!old.has('include') || !now.has('include')) return pairs;
  return [...pairs, [inForce(before.entries.filter(minding)), inForce(after.entries.filter(minding))]];
}

/** What an included config can override or be overridden by: it can contain any keyword. */
function minding({ group, asked, rule }: Entry): boolean {
  return (
    group === 'include' ||
    (group !== '' && rule?.order !== 'all' && (asked !== undefined || rule?.protects !== undefined))
  );
}

/** Each line once: the first, or for keywords whose last value counts, the last. */
export function inForce(entries: readonly Entry[]): Entry[] {
  if (entries.every(({ rule }) => rule?.order === 'all')) return [];
  const last = entries.every(({ rule }) => rule?.order === 'last');
  const once = new Map<ByteString, Entry>();
  for (const entry of last ? entries.toReversed() : entries) {
    if (!once.has(entry.key)) once.set(entry.key, entry);
  }
  return [...once.values()];
}

/**
 * Whether ssh reads one of the configs again under the resolved name: then a line can count before another that
 * stands above it, and blocks can apply together whose patterns have no host in common.
 */
export function isReadAgain(...readings: readonly Reading[]): boolean {
  return readings.some(({ entries }) => entries.some(({ line }) => readsAgain(line)));
}

/**
 * The lines of `now` that count before others which they did not count before in `old`, if that `matters`.
 * Both lists have each line once.
 */
export function overtaking(
  old: readonly Entry[],
  now: readonly Entry[],
  again: boolean,
  matters: (entry: Entry, other: Entry) => boolean,
): [Entry, Entry[]][] {
  const place = new Map(old.map(({ key }, index) => [key, index]));
  if (Math.max(old.length, now.length) > maxGroup) return inDoubt(place, now);
  const firstBehind = suffixMinima(now.map(({ key }) => place.get(key) ?? Infinity));
  return now.flatMap((entry, index): [Entry, Entry[]][] => {
    const former = place.get(entry.key) ?? Infinity;
    const anywhere = again && former === Infinity;
    if (!anywhere && (firstBehind[index + 1] ?? Infinity) >= former) return [];
    const overtaken = (anywhere ? now : now.slice(index + 1)).filter((other) => {
      const before = (place.get(other.key) ?? Infinity) < former;
      return before && differs(entry, other, anywhere) && matters(entry, other);
    });
    return overtaken.length === 0 ? [] : [[entry, overtaken]];
  });
}

/** Too many lines to compare: new ones are taken to stand before others, and all if any was moved. */
function inDoubt(place: ReadonlyMap<ByteString, number>, now: readonly Entry[]): [Entry, Entry[]][] {
  const places = now.flatMap(({ key }) => place.get(key) ?? []);
  const moved = places.some((index, at) => index < (places[at - 1] ?? 0));
  return now.filter(({ key }) => moved || !place.has(key)).map((entry) => [entry, [entry]]);
}

function suffixMinima(values: readonly number[]): number[] {
  const minima = [...values];
  for (let index = minima.length - 2; index >= 0; index -= 1) {
    minima[index] = Math.min(minima[index] ?? Infinity, minima[index + 1] ?? Infinity);
  }
  return minima;
}

/** Whether for some host one of the two decides against the other. */
function differs(one: Entry, other: Entry, again: boolean): boolean {
  const related = one.group === other.group || (one.group === 'include') !== (other.group === 'include');
  return related && one.text !== other.text && (again || headsMeet(one.head, other.head));
}

/** Whether a line decides to which machine a name leads. A new one is looked at by itself (review-leading.ts). */
function leads({ group }: Entry): boolean {
  return group === 'hostname';
}

/** Whether it does harm that `entry` counts and no longer `other`. */
function harms(entry: Entry, other: Entry): boolean {
  if (entry.asked !== undefined) return true;
  if (other.group === 'include') return entry.rule?.protects !== undefined && !entry.protects;
  const strictness = entry.rule?.strictness;
  return other.protects && !(strictness !== undefined && strictness(entry.value) >= strictness(other.value));
}
