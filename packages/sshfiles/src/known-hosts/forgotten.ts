import { matchesPattern } from '@orrery/keys';
import { type ByteString, fromByteString } from '../config/tokens.ts';
import { type ReviewItem, reviewItem } from '../review.ts';
import { HashTests } from './hash-tests.ts';
import { type HashedHost, type HostList, withoutDefaultPort } from './hosts.ts';
import { maxPatternWork } from './knowledge.ts';
import { type Entry, type KnownHosts, type KnownHostsLine, lineText, parseKnownHosts } from './parse.ts';

/**
 * The lines of `current` with hosts that no file knows any more: to ssh they are new ones, whose next key it takes after
 * a question, or, as `StrictHostKeyChecking` says, without one. `after` are the other files that ssh will read.
 *
 * @throws RangeError for a file over the limits of `parseKnownHosts`.
 */
export function reviewForgotten(
  current: Uint8Array | undefined,
  incoming: Uint8Array | undefined,
  after: readonly Uint8Array[],
): ReviewItem[] {
  const parsed = new Map<ByteString, KnownHostsLine>();
  const now = parseKnownHosts(current, parsed);
  const still = new Still([incoming, ...after].map((bytes) => parseKnownHosts(bytes, parsed)));
  return now.lines.flatMap((line) =>
    line.kind !== 'entry' || line.marker !== '' || still.knows(line)
      ? []
      : reviewItem({
          kind: 'known_hosts',
          where: fromByteString(line.hostsField),
          line: fromByteString(lineText(line)),
          change: 'removed',
          reason: 'ssh here takes the next key of a host that it does not know, unasked',
        }),
  );
}

/** What is known afterwards; what cannot be found out within the limits is not. */
class Still {
  readonly #identities: ReadonlySet<string>;
  readonly #names: ReadonlySet<ByteString>;
  readonly #patterns: readonly ByteString[];
  readonly #hashed: readonly { readonly host: HashedHost; readonly key: string }[];
  readonly #hashedByKey: ReadonlyMap<string, readonly { readonly host: HashedHost }[]>;
  readonly #namesByKey: ReadonlyMap<string, readonly Entry[]>;
  readonly #tests = new HashTests();
  #work = 0;

  constructor(files: readonly KnownHosts[]) {
    const entries = files
      .flatMap(({ lines }) => lines)
      .filter((line) => line.kind === 'entry')
      .filter(({ marker }) => marker === '');
    const lists = entries.flatMap(({ hosts }) =>
      hosts.kind === 'list' && hosts.negated.length === 0 ? hosts : [],
    );
    this.#identities = new Set(entries.map(({ identity }) => identity));
    this.#names = new Set(lists.flatMap(({ names }) => names.map(withoutDefaultPort)));
    this.#patterns = lists.flatMap(({ patterns }) => patterns);
    this.#hashed = entries.flatMap(({ hosts, key }) => (hosts.kind === 'hashed' ? { host: hosts, key } : []));
    this.#hashedByKey = Map.groupBy(this.#hashed, ({ key }) => key);
    this.#namesByKey = Map.groupBy(entries, ({ key }) => key);
  }

  knows({ identity, hosts, key }: Entry): boolean {
    if (this.#identities.has(identity)) return true;
    if (hosts.kind === 'hashed') return this.#knowsHashed(hosts, key);
    return this.#knowsList(hosts, key);
  }

  #knowsList({ names, patterns }: HostList, key: string): boolean {
    return (
      names.map(withoutDefaultPort).every((name) => this.#knowsName(name, key)) &&
      patterns.every((pattern) => this.#patterns.includes(pattern) || this.#patterns.includes('*'))
    );
  }

  #knowsName(name: ByteString, key: string): boolean {
    if (this.#names.has(name)) return true;
    if (this.#patterns.some((pattern) => this.#matches(name, pattern))) return true;
    // Hashed lines of the same key come first: with them, few tests show that lines were merely hashed.
    return [this.#hashedByKey.get(key) ?? [], this.#hashed].some((lines) =>
      Boolean(this.#tests.firstHost(lines, name)),
    );
  }

  #knowsHashed(host: HashedHost, key: string): boolean {
    if (this.#hashed.some((other) => other.host.text === host.text)) return true;
    const same = this.#namesByKey.get(key) ?? [];
    // Hashed with another salt: that it is the same host cannot be seen, but it has the same key.
    if (same.some(({ hosts }) => hosts.kind === 'hashed')) return true;
    const names = same.flatMap(({ hosts }) => (hosts.kind === 'list' ? hosts.names : []));
    const named = this.#tests.firstName(host, names.map(withoutDefaultPort));
    return named !== undefined || this.#tests.firstName(host, [...this.#names]) !== undefined;
  }

  #matches(name: ByteString, pattern: ByteString): boolean {
    this.#work += name.length * pattern.length;
    return this.#work <= maxPatternWork && matchesPattern(name, pattern);
  }
}
