// HostName and User are free to change, but `Match host` and `Match user` look at them (and `Match tagged` at Tag), and `Match final` and
// canonicalisation read all blocks again under the new name: a name can switch on a block that was accepted for
// other machines, and switch off one that protects this one.
import type { Entry, Reading } from './entries.ts';
import { type NameField, headLooksAt, headTakes, headTakesTyped, headsMeet } from './head.ts';
import type { Directive } from './parse.ts';
import { homeNames } from './paths.ts';
import type { FolderPlace } from './place.ts';
import { inForce, isReadAgain, overtaking } from './review-order.ts';
import type { ByteString } from './tokens.ts';

/** With more pairs of names, or of names and blocks, every changed name is taken to switch a block. */
const maxPairs = 200_000;

/** What sets the names that Match looks at. */
const nameFields: ReadonlyMap<ByteString, NameField> = new Map([
  ['hostname', 'host'],
  ['user', 'user'],
  ['tag', 'tagged'],
]);

type Switching = Map<Entry, Directive>;

/** For each name that is new, gone or moved and matters to a block: the head of that block. */
export function findSwitching(before: Reading, after: Reading, place: FolderPlace): Switching {
  const blocks = mindedBlocks(before, after);
  const found: Switching = new Map();
  if (blocks.size === 0 || sameList(order(before), order(after))) return found;
  const user = homeNames(place).at(-1) ?? '';
  for (const field of nameFields.values()) {
    const [old, now] = [nameEntries(before, field), nameEntries(after, field)];
    const changes = changedNames(before, after, old, now);
    if (blocks.size * changes.length > maxPairs) {
      for (const name of inDoubt(before, after, [...old, ...now]))
        found.set(name, [...blocks.values()][0] ?? name.line);
      continue;
    }
    for (const [block, head] of blocks) {
      if (!headLooksAt(head, field)) continue;
      const seen = changes.filter(
        ({ always, isSeenBy }) => always || (head.keyword === 'match' && isSeenBy(block)),
      );
      const names = seen.map(({ name }) => name);
      for (const name of switchers(head, names, [...old, ...now], field, user)) {
        if (!found.has(name)) found.set(name, head);
      }
    }
  }
  return found;
}

/** The names and the Match lines in their order. */
function order({ entries }: Reading): ByteString[] {
  return entries
    .filter((entry) => nameField(entry) !== undefined || entry.line.keyword === 'match')
    .map(({ key }) => key);
}

function sameList(one: readonly ByteString[], other: readonly ByteString[]): boolean {
  return one.length === other.length && one.every((key, index) => key === other[index]);
}

/** Too many names to compare: those that only one config has, and all if what both have is in another order. */
function inDoubt(before: Reading, after: Reading, names: readonly Entry[]): Entry[] {
  const shared = [before, after].map((reading) =>
    order(reading).filter((key) => before.keys.has(key) && after.keys.has(key)),
  );
  const moved = !sameList(shared[0] ?? [], shared[1] ?? []);
  return names.filter(({ key }) => moved || !before.keys.has(key) || !after.keys.has(key));
}

function nameEntries({ entries }: Reading, field: NameField): Entry[] {
  return inForce(entries.filter((entry) => nameField(entry) === field));
}

function nameField({ line }: Entry): NameField | undefined {
  return nameFields.get(line.keyword);
}

/**
 * The blocks, in both configs, that look at names and have a line that matters, with their heads; `Host` blocks look
 * at them if the config is read again.
 */
function mindedBlocks(before: Reading, after: Reading): Map<ByteString, Directive> {
  const again = isReadAgain(after);
  const known = new Set(before.entries.map(({ block }) => block));
  const minding = after.entries.filter(({ head, block }) => {
    return head !== undefined && known.has(block) && (head.keyword === 'match' || again);
  });
  const matters = minding.filter(({ asked, rule }) => asked !== undefined || rule?.protects !== undefined);
  // A name in such a block can in turn switch another.
  const chained = matters.length === 0 ? [] : minding.filter((entry) => nameField(entry) !== undefined);
  return new Map(
    [...matters, ...chained].flatMap(({ block, head }) =>
      head === undefined ? [] : [[block, head] as const],
    ),
  );
}

interface NameChange {
  readonly name: Entry;
  /** Seen by all blocks, wherever they stand: the config is read again. */
  readonly always: boolean;
  readonly isSeenBy: (block: ByteString) => boolean;
}

/** The names that are new, gone or moved. */
function changedNames(
  before: Reading,
  after: Reading,
  old: readonly Entry[],
  now: readonly Entry[],
): NameChange[] {
  const again = isReadAgain(after);
  const [was, is] = [precedence(before), precedence(after)];
  const overtakers = new Set(overtaking(old, now, again, () => true).map(([{ key }]) => key));
  const gone = old.filter(({ key }) => !after.keys.has(key));
  return [...gone, ...now].map((name) => {
    const stays = before.keys.has(name.key) && after.keys.has(name.key);
    const overtakes = overtakers.has(name.key);
    return {
      name,
      always: again && (!stays || overtakes),
      isSeenBy: (block) => was(name, block) !== is(name, block) || (overtakes && is(name, block)),
    };
  });
}

/** Tells whether a name stands before some line of a block. */
function precedence({ entries }: Reading): (name: Entry, block: ByteString) => boolean {
  const first = new Map(entries.map(({ key }, index) => [key, index] as const).toReversed());
  const last = new Map(entries.map(({ block }, index) => [block, index]));
  return ({ key }, block) => (first.get(key) ?? Infinity) < (last.get(block) ?? -1);
}

/** Those of the changed names that can make a block begin or cease to apply. */
function switchers(
  head: Directive,
  changed: readonly Entry[],
  all: readonly Entry[],
  field: NameField,
  user: ByteString,
): Entry[] {
  if (changed.length * all.length > maxPairs) return [...changed];
  const taken = all.filter(({ value }) => headTakes(head, field, value.words[0] ?? '%'));
  return changed.filter((name) => {
    const usual =
      field === 'host' ? headTakesTyped(head, name.head) : field === 'user' && headTakes(head, field, user);
    return usual || taken.some((other) => other.key === name.key || headsMeet(other.head, name.head));
  });
}
