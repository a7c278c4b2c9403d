import { type Versions, mergeOrder } from './merge-order.ts';

/** An item that both sides have, and the common ancestor if there is one. */
export interface Shared<T> {
  readonly base: T | undefined;
  readonly winner: T;
  readonly loser: T;
}

/** How the items of one kind are merged. */
export interface SequenceRules<T> {
  /** Items of one name may be versions of each other. */
  name(item: T): string;
  /** Items of one text are the same. */
  text(item: T): string;
  /** New items of both sides at one place stand in this order. */
  rank(item: T): number;
  merge(shared: Shared<T>): T;
  /** Told of an item that one side changed and the other deleted: it is kept. */
  onKept(item: T, side: 'winner' | 'loser'): void;
}

export interface MergedSequence<T> {
  readonly items: T[];
  /** Both sides moved items that they share, each in another way: the winner's order holds. */
  readonly disordered: boolean;
}

/** Three-way merge of ordered items: additions are kept, deletions travel, an edit beats a deletion. */
export function mergeSequence<T extends object>(
  versions: Versions<readonly T[]>,
  rules: SequenceRules<T>,
): MergedSequence<T> {
  const keyed = alignKeys(versions, rules);
  const [base, winner, loser] = [keyed.base, keyed.winner, keyed.loser].map(
    (list) => new Map(list.map(({ key, item }) => [key, item])),
  );
  const kept = new Map<string, T>();
  for (const key of new Set([...keyed.winner, ...keyed.loser].map((entry) => entry.key))) {
    const merged = choose(base?.get(key), winner?.get(key), loser?.get(key), rules);
    if (merged !== undefined) kept.set(key, merged);
  }
  const keys = (list: readonly Keyed<T>[]): string[] =>
    list.map(({ key }) => key).filter((key) => kept.has(key));
  const ranks = new Map([...kept].map(([key, item]) => [key, rules.rank(item)]));
  const order = mergeOrder(
    { base: keys(keyed.base), winner: keys(keyed.winner), loser: keys(keyed.loser) },
    (key) => ranks.get(key) ?? 0,
  );

  return {
    items: order.keys.flatMap((key) => kept.get(key) ?? []),
    disordered: order.conflict,
  };
}

function choose<T>(
  base: T | undefined,
  winner: T | undefined,
  loser: T | undefined,
  rules: SequenceRules<T>,
): T | undefined {
  if (winner !== undefined && loser !== undefined) return rules.merge({ base, winner, loser });
  const only = winner ?? loser;
  if (only === undefined || base === undefined) return only;
  if (rules.text(only) === rules.text(base)) return undefined;
  rules.onKept(only, winner === undefined ? 'loser' : 'winner');
  return only;
}

/** One item under the key that it has in every version. */
interface Keyed<T> {
  readonly key: string;
  readonly item: T;
}

type Naming<T> = Pick<SequenceRules<T>, 'name' | 'text'>;

/**
 * Gives the items of three versions keys, so that the same item has the same key: items of one name are paired
 * first by equal text, then in order.
 */
function alignKeys<T extends object>(
  versions: Versions<readonly T[]>,
  rules: Naming<T>,
): Versions<Keyed<T>[]> {
  const base = withNumbers(versions.base, rules);
  const winner = paired(versions.winner, base, rules);
  const inBase = new Set(base.map(({ key }) => key));
  const loser = paired(versions.loser, [...base, ...winner.filter(({ key }) => !inBase.has(key))], rules);
  return { base, winner, loser };
}

/** The keys of a sequence on its own: name and occurrence. */
function withNumbers<T>(items: readonly T[], { name }: Naming<T>): Keyed<T>[] {
  const counts = new Map<string, number>();
  return items.map((item) => {
    const count = (counts.get(name(item)) ?? 0) + 1;
    counts.set(name(item), count);
    return { key: `${name(item)}\n${count}`, item };
  });
}

function paired<T extends object>(
  items: readonly T[],
  known: readonly Keyed<T>[],
  rules: Naming<T>,
): Keyed<T>[] {
  const keys = new Map<T, string>();
  pairBy((item) => `${rules.name(item)}\n${rules.text(item)}`, items, known, keys);
  pairBy(rules.name, items, known, keys);
  const fresh = items.filter((item) => !keys.has(item));
  const numbers = withNumbers([...known.map(({ item }) => item), ...fresh], rules);
  for (const { key, item } of numbers.slice(known.length)) keys.set(item, key);
  return items.map((item) => ({ key: keys.get(item) ?? '', item }));
}

/** Gives items that have no key yet the free keys of their group, in order. */
function pairBy<T extends object>(
  group: (item: T) => string,
  items: readonly T[],
  known: readonly Keyed<T>[],
  keys: Map<T, string>,
): void {
  const taken = new Set(keys.values());
  const free = Map.groupBy(known.filter(({ key }) => !taken.has(key)).toReversed(), ({ item }) =>
    group(item),
  );
  for (const item of items) {
    const match = keys.has(item) ? undefined : free.get(group(item))?.pop();
    if (match !== undefined) keys.set(item, match.key);
  }
}
