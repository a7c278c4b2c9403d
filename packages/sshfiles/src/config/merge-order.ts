/** Three versions of something; `winner` is the side that is preferred where both changed the same. */
export interface Versions<T> {
  readonly base: T;
  readonly winner: T;
  readonly loser: T;
}

export interface MergedOrder {
  readonly keys: string[];
  /** Both sides moved items that they share, each in another way. */
  readonly conflict: boolean;
}

/**
 * Puts the kept keys of both sides into one order. What stands before an item in one side stands before it in the
 * result; where the sides contradict each other, the side that moved something against the base is followed, and
 * the winner if both did. New items of both sides at one place: lower rank first, then the winner's.
 */
export function mergeOrder(
  versions: Versions<readonly string[]>,
  rank: (key: string) => number,
): MergedOrder {
  const { base, winner, loser } = versions;
  const inWinner = new Set(winner);
  const inLoser = new Set(loser);
  const common = (keys: readonly string[]): string[] =>
    keys.filter((key) => inWinner.has(key) && inLoser.has(key));
  const inBase = new Set(base);
  const stable = (keys: readonly string[]): string =>
    common(keys)
      .filter((key) => inBase.has(key))
      .join('\0');
  const agree = common(winner).join('\0') === common(loser).join('\0');
  const loserLeads = !agree && stable(winner) === stable(base);
  const conflict = !agree && !loserLeads && stable(loser) !== stable(base);
  const keys = loserLeads
    ? insert(loser, winner, (own, other) => mergeRuns(other, own, rank))
    : insert(winner, loser, (own, other) => mergeRuns(own, other, rank));
  return { keys, conflict };
}

type Join = (own: readonly string[], other: readonly string[]) => string[];

/** Puts what only `other` has before the first of all items that follow it there. */
function insert(skeleton: readonly string[], other: readonly string[], join: Join): string[] {
  const place = new Map(skeleton.map((key, index) => [key, index]));
  const otherKeys = new Set(other);
  const extras = new Map<number, string[]>();
  let anchor = skeleton.length;
  for (const key of other.toReversed()) {
    const index = place.get(key);
    if (index !== undefined) anchor = Math.min(anchor, index);
    else extras.getOrInsertComputed(anchor, () => []).push(key);
  }
  const result: string[] = [];
  let run: string[] = [];
  const flush = (index: number): void => {
    result.push(...join(run, (extras.get(index) ?? []).toReversed()));
    run = [];
  };
  for (const [index, key] of skeleton.entries()) {
    if (!otherKeys.has(key)) {
      run.push(key);
      continue;
    }
    flush(index);
    result.push(key);
  }
  flush(skeleton.length);
  return result;
}

/** Merges two runs without changing the order inside either. */
function mergeRuns(
  first: readonly string[],
  second: readonly string[],
  rank: (key: string) => number,
): string[] {
  const result: string[] = [];
  let index = 0;
  for (const key of first) {
    while (index < second.length && rank(second[index] ?? '') < rank(key)) {
      result.push(second[index] ?? '');
      index += 1;
    }
    result.push(key);
  }
  return [...result, ...second.slice(index)];
}
