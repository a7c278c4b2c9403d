import { utf8 } from '@orrery/bytes';
import { type ReviewItem, reviewItem } from '../review.ts';
import { lineBytes, lineText } from './canonical.ts';
import { type Entry, type Reading, readEntries } from './entries.ts';
import type { Directive } from './parse.ts';
import type { FolderPlace } from './place.ts';
import { FamiliarHosts } from '../familiar-hosts.ts';
import { findLeading } from './review-leading.ts';
import { findSwitching } from './review-names.ts';
import { findOverriding, findUncovered } from './review-order.ts';
import { type ByteString, fromByteString } from './tokens.ts';

/**
 * The lines that a person must accept before `incoming` may replace `current`; undefined is no file. Both are local,
 * or both portable. Harmless is what an allow list knows as harmless; everything else that `current` does not have
 * in the same block is asked about, and so are protections that go away, changes of order that let another value count,
 * and another HostName for one of the `familiar` hosts: those that `current` has blocks for, if nothing is given.
 *
 * @throws RangeError for more than `maxConfigBytes` or `maxComparedLines`.
 */
export function reviewConfig(
  current: Uint8Array | undefined,
  incoming: Uint8Array | undefined,
  place: FolderPlace,
  familiar = new FamiliarHosts(current === undefined ? [] : [current], []),
): ReviewItem[] {
  const before = readEntries(current, place);
  const after = readEntries(incoming, place);
  const switching = findSwitching(before, after, place);
  const items = [
    ...addedLines(before, after, switching, findLeading(before, after, familiar)),
    ...oddLines(before, after),
    ...removedLines(before, after, switching),
  ];
  return [...new Map(items.map((found) => [found.id, found])).values()];
}

/** A name, and the head of a block whose lines it switches on or off. */
type Switching = ReadonlyMap<Entry, Directive>;

function addedLines(
  before: Reading,
  after: Reading,
  switching: Switching,
  leading: ReadonlyMap<Entry, string>,
): ReviewItem[] {
  const overriding = findOverriding(before, after);
  return after.entries.flatMap((entry) => {
    const overridden = overriding.get(entry) ?? [];
    const head = switching.get(entry);
    const leads = leading.get(entry);
    const reasons = [
      ...(entry.asked !== undefined && !before.keys.has(entry.key) ? [entry.asked] : []),
      ...(leads === undefined ? [] : [leads]),
      ...(overridden.length > 0 ? [`now counts before ${named(overridden)}`] : []),
      ...(head === undefined ? [] : [`decides whether "${lineText(head)}" applies`]),
    ];
    const context = [...overridden.map(({ key }) => key), head?.source ?? ''];
    return reasons.length === 0 ? [] : [item(entry.head, entry.line, 'added', reasons, context)];
  });
}

function removedLines(before: Reading, after: Reading, switching: Switching): ReviewItem[] {
  const uncovered = findUncovered(before, after);
  return before.entries.flatMap((entry) => {
    if (after.keys.has(entry.key)) return [];
    const now = uncovered.get(entry) ?? [];
    const head = switching.get(entry);
    const reasons = [
      ...(entry.protects ? ['takes a protection away'] : []),
      ...(now.length > 0 ? [`lets ${named(now)} count`] : []),
      ...(head === undefined ? [] : [`decided whether "${lineText(head)}" applies`]),
    ];
    const context = [...now.map(({ key }) => key), head?.source ?? ''];
    return reasons.length === 0 ? [] : [item(entry.head, entry.line, 'removed', reasons, context)];
  });
}

function oddLines(before: Reading, after: Reading): ReviewItem[] {
  return after.oddLines
    .filter(({ key }) => !before.keys.has(key))
    .map((line) => item(line.head, line, 'added', [line.asked], []));
}

function item(
  head: Directive | undefined,
  line: { readonly source: ByteString },
  change: 'added' | 'removed',
  reasons: readonly string[],
  context: readonly ByteString[],
): ReviewItem {
  return reviewItem({
    kind: 'ssh_config',
    where: head === undefined ? utf8('every host') : lineBytes(head),
    line: lineBytes(line),
    change,
    reason: reasons.join('; '),
    context: fromByteString(context.join('\n')),
  });
}

/** A line and its block, and how many more there are. */
function named(entries: readonly Entry[]): string {
  const [first] = entries;
  if (first === undefined) return '';
  const block = first.head === undefined ? 'every host' : `"${lineText(first.head)}"`;
  const more = entries.length > 1 ? ` and ${entries.length - 1} more` : '';
  return `"${lineText(first.line)}" for ${block}${more}`;
}
