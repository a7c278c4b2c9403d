// HostName and User are free to change, but `Match host` and `Match user` look at them, and `Match final` and
// canonicalisation read all blocks again under the new name: a new name can switch on a block that was accepted for
// other machines.
import type { Entry, Reading } from './entries.ts';
import { headTakes } from './head.ts';
import type { Directive } from './parse.ts';
import type { ByteString } from './tokens.ts';

/** With more pairs of names and blocks, every name that is new, or any if the order changed, is asked about. */
const maxPairs = 100_000;

/** For each name that is new, or new in front of a block: the head of the block that it can switch on. */
export function findActivating(before: Reading, after: Reading): Map<Entry, Directive> {
  const again = after.entries.some(readsAgain);
  const heads = askedHeads(after).filter(({ keyword }) => keyword === 'match' || again);
  const names = [...after.entries.entries()].filter(([, { line }]) => nameField(line.keyword) !== undefined);
  const former = new Map(before.entries.map((entry, index) => [entry.key, index] as const).toReversed());
  const tooMany = names.length * heads.length > maxPairs;
  const moved = tooMany && isMoved(before, after);
  const [formerly, now] = [lastPlaces(before), lastPlaces(after)];
  const found = new Map<Entry, Directive>();
  for (const [index, entry] of names) {
    const isNew = !former.has(entry.key);
    const hit = tooMany
      ? heads.slice(0, isNew || moved ? 1 : 0)[0]
      : heads.find((head) =>
          (again && isNew) || isNewBefore(head, entry, index) ? takes(head, entry) : false,
        );
    if (hit !== undefined) found.set(entry, hit);
  }
  return found;

  function isNewBefore(head: Directive, { key }: Entry, index: number): boolean {
    const known = (former.get(key) ?? Infinity) < (formerly.get(head.source) ?? -1);
    return head.keyword === 'match' && !known && index < (now.get(head.source) ?? -1);
  }
}

/** Whether what both have stands in another order, or what either has alone is a Match block. */
function isMoved(before: Reading, after: Reading): boolean {
  const shared = (one: Reading, other: Reading): string =>
    one.entries
      .flatMap(({ key, line }) => (other.keys.has(key) || line.keyword === 'match' ? [key] : []))
      .join('\n');
  return shared(before, after) !== shared(after, before);
}

function takes(head: Directive, { line, value }: Entry): boolean {
  const field = nameField(line.keyword);
  return field !== undefined && headTakes(head, field, value.words[0] ?? '%');
}

function nameField(keyword: ByteString): 'host' | 'user' | undefined {
  if (keyword === 'hostname') return 'host';
  return keyword === 'user' ? 'user' : undefined;
}

/** Heads of the blocks that have a line, the head itself included, which must be accepted. */
function askedHeads({ entries }: Reading): Directive[] {
  const heads = entries.flatMap(({ asked, head }) =>
    asked === undefined || head === undefined ? [] : [head],
  );
  return [...new Map(heads.map((head) => [head.source, head])).values()];
}

/** Where each head stands last. */
function lastPlaces({ entries }: Reading): Map<ByteString, number> {
  return new Map(entries.flatMap(({ head }, index) => (head === undefined ? [] : [[head.source, index]])));
}

/** Whether ssh reads the config a second time, under the resolved name. */
function readsAgain({ line }: Entry): boolean {
  if (line.keyword === 'match') return /final|canonical/i.test(line.rest);
  return line.keyword === 'canonicalizehostname' && !/^(?:no|false)$/i.test(line.rest);
}
