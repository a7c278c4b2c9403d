// HostName is a name and would be free, but with another one, a name that a person types leads to another machine, whose
// key may be known here already: then ssh asks nothing, and what was accepted for the host (its agent, its ways) goes there.
import { printable } from '../review.ts';
import type { FamiliarHosts } from '../familiar-hosts.ts';
import type { Entry, Reading } from './entries.ts';
import { positivePatterns } from './head.ts';
import { type ByteString, fromByteString } from './tokens.ts';

/** For each HostName that is new here and decides about a host that is not: what it does. */
export function findLeading(
  before: Reading,
  after: Reading,
  familiar: FamiliarHosts,
): ReadonlyMap<Entry, string> {
  const former = formerPatterns(before);
  const found = new Map<Entry, string>();
  for (const entry of after.entries) {
    if (entry.line.keyword !== 'hostname' || before.keys.has(entry.key)) continue;
    const met = metPattern(entry, former.get(entry.text), familiar);
    if (met !== undefined) found.set(entry, `changes which machine ${met} means`);
  }
  return found;
}

function metPattern(
  { head }: Entry,
  former: ReadonlySet<ByteString> = new Set(),
  familiar: FamiliarHosts,
): string | undefined {
  if (head?.keyword !== 'host') return familiar.has('*') ? 'every host name' : undefined;
  // With another name beside it, the host still leads to where it led.
  const met = positivePatterns(head).find((pattern) => !former.has(pattern) && familiar.has(pattern));
  return met === undefined ? undefined : `"${printable(fromByteString(met))}"`;
}

/** The patterns for which each HostName stands in the config already. */
function formerPatterns({ entries }: Reading): ReadonlyMap<ByteString, ReadonlySet<ByteString>> {
  const names = entries.filter(({ line, head }) => line.keyword === 'hostname' && head !== undefined);
  return new Map(
    [...Map.groupBy(names, ({ text }) => text)].map(([text, lines]) => [
      text,
      new Set(lines.flatMap(({ head }) => (head?.keyword === 'host' ? positivePatterns(head) : []))),
    ]),
  );
}
