import { type ByteString, fromByteString } from '../config/tokens.ts';
import { type ReviewItem, printable, reviewItem } from '../review.ts';
import { HashTests } from './hash-tests.ts';
import { type HashedHost, withoutDefaultPort } from './hosts.ts';
import { Knowledge } from './knowledge.ts';
import { type Entry, type KnownHostsLine, identities, lineText, parseKnownHosts } from './parse.ts';
import { lostRevocations, revokedKeys } from './revoked.ts';

/** What an arriving line is judged by. */
interface Ground {
  readonly knowledge: Knowledge;
  readonly revoked: ReadonlySet<string>;
  /** Every name in clear, known or arriving: what a hashed host may turn out to be. */
  readonly names: readonly ByteString[];
  readonly tests: HashTests;
}

/** What else ssh takes host keys from. */
export interface OtherKnownHosts {
  /** Files that stand beside the reviewed one. */
  readonly before: readonly Uint8Array[];
  /** Those that will. */
  readonly after: readonly Uint8Array[];
}

const alone: OtherKnownHosts = { before: [], after: [] };

/**
 * The lines that a person must accept before `incoming` may replace `current`: those that make ssh trust a further key
 * for a known host, an authority, a pattern or a revoked key, or take back a revocation. `former` holds the lines that
 * earlier arrivals removed (`removedKnownHosts`): a host cannot be made unknown in one step and be given a key in the
 * next. A file that does not exist is undefined. What is known and what is revoked, all files say together: `others`.
 *
 * The first key of a host in clear is not among them, nor are removals of other lines, comments and order.
 *
 * @throws RangeError for a file over the limits of `parseKnownHosts`.
 */
export function reviewKnownHosts(
  current: Uint8Array | undefined,
  incoming: Uint8Array | undefined,
  former: Uint8Array | undefined,
  others = alone,
): ReviewItem[] {
  const parsed = new Map<ByteString, KnownHostsLine>();
  const now = parseKnownHosts(current, parsed);
  const next = parseKnownHosts(incoming, parsed);
  const past = parseKnownHosts(former, parsed);
  const [before, after] = [others.before, others.after].map((files) =>
    files.map((bytes) => parseKnownHosts(bytes, parsed)),
  );
  const standing = [now, ...(before ?? [])];
  const coming = [next, ...(after ?? [])];
  const tests = new HashTests();
  // Another file may be read for some hosts only: a revocation must stay where it is.
  const lost = lostRevocations(now, next, tests);
  const knowledge = new Knowledge(standing, past, tests);
  const known = identities(now);
  const arriving = next.lines.filter((line) => !known.has(line.identity));
  const names = new Set([...knowledge.names, ...arriving.flatMap(namesOf)]);
  const ground = { knowledge, revoked: revokedKeys(...standing, ...coming, past), names: [...names], tests };
  // Names in clear come first, because the limit of hash tests should go to them.
  const order = [...arriving.filter((line) => !isHashed(line)), ...arriving.filter(isHashed)];
  const reasons = new Map(order.map((line) => [line, reasonToAsk(line, ground)]));
  return [
    ...arriving.flatMap((line) => item(line, 'added', reasons.get(line))),
    ...lost.flatMap((line) => item(line, 'removed', 'the key is no longer revoked')),
  ];
}

function item(line: KnownHostsLine, change: ReviewItem['change'], reason: string | undefined): ReviewItem[] {
  if (reason === undefined) return [];
  const where = fromByteString(line.hostsField);
  return [reviewItem({ kind: 'known_hosts', where, line: fromByteString(lineText(line)), change, reason })];
}

function reasonToAsk(line: KnownHostsLine, ground: Ground): string | undefined {
  if (line.kind === 'unreadable') return 'not understood: ssh may read a key from it';
  if (line.kind !== 'entry' || line.marker === '@revoked') return undefined;
  if (line.marker === '@cert-authority') return 'trusts all host keys that this authority certifies';
  if (ground.revoked.has(line.key)) return 'the key is revoked';
  if (line.hosts.kind === 'hashed') return reasonToAskHashed(line, line.hosts, ground);
  if (line.hosts.patterns.length > 0 || line.hosts.negated.length > 0)
    return 'trusted for a pattern of hosts';
  const known = line.hosts.names.find((name) => ground.knowledge.isNewKey(name, line.key));
  return known === undefined ? undefined : newKeyReason(known);
}

/** A hashed host that no known name tells may be any host: one known by another hash, by a pattern or at another port. */
function reasonToAskHashed(line: Entry, host: HashedHost, ground: Ground): string | undefined {
  if (ground.knowledge.isEmpty) return undefined;
  // The names of the same key come first: with them, few tests show that lines were merely hashed.
  const name =
    ground.tests.firstName(host, ground.knowledge.namesOf(line.key)) ??
    ground.tests.firstName(host, ground.names);
  if (name === undefined) return 'the name is hashed: this may be a new key for a known host';
  return ground.knowledge.isNewKey(name, line.key) ? newKeyReason(name) : undefined;
}

function newKeyReason(name: ByteString): string {
  return `new key for a known host: ${printable(fromByteString(name))}`;
}

function namesOf(line: KnownHostsLine): readonly ByteString[] {
  return line.kind === 'entry' && line.hosts.kind === 'list' ? line.hosts.names.map(withoutDefaultPort) : [];
}

function isHashed(line: KnownHostsLine): boolean {
  return line.kind === 'entry' && line.hosts.kind === 'hashed';
}
