import { matchesPattern } from '@orrery/keys';
import { type ByteString, lowerCase } from '../config/tokens.ts';
import type { HashTests } from './hash-tests.ts';
import { type HashedHost, type Hosts, parseHosts, withoutDefaultPort, withoutPort } from './hosts.ts';
import type { Entry, KnownHosts, KnownHostsLine } from './parse.ts';

/** How much work patterns may cause in one review, as the product of the lengths of names and patterns. */
export const maxPatternWork = 20_000_000;

/** A way in which a file speaks of hosts, and the key that it trusts for them, if it does. */
interface Said<T> {
  readonly host: T;
  readonly key: string | undefined;
}

/**
 * What a person's known_hosts says of hosts: which are known in any way, and which keys are trusted for them. Whatever
 * cannot be found out within the limits counts as known.
 */
export class Knowledge {
  readonly #trusted = new Map<ByteString, Set<string>>();
  readonly #namesByKey = new Map<string, ByteString[]>();
  readonly #patterns: Said<ByteString>[] = [];
  readonly #hashed: Said<HashedHost>[] = [];
  readonly #patternsByKey: ReadonlyMap<string | undefined, readonly Said<ByteString>[]>;
  readonly #hashedByKey: ReadonlyMap<string | undefined, readonly Said<HashedHost>[]>;
  readonly #known = new Map<ByteString, boolean>();
  readonly #tests: HashTests;
  #hostsOfPorts: ReadonlySet<ByteString> | undefined;
  #patternWork = 0;

  /**
   * `current` are all files that ssh reads. `former` holds lines that were removed by other machines: their hosts are
   * known, their keys not trusted.
   */
  constructor(current: readonly KnownHosts[], former: KnownHosts, tests: HashTests) {
    this.#tests = tests;
    for (const line of current.flatMap(({ lines }) => lines)) this.#learn(line, trustedKey(line));
    for (const line of former.lines) this.#learn(line, undefined);
    this.#patternsByKey = Map.groupBy(this.#patterns, ({ key }) => key);
    this.#hashedByKey = Map.groupBy(this.#hashed, ({ key }) => key);
  }

  /** All names in clear. */
  get names(): readonly ByteString[] {
    return [...this.#trusted.keys()];
  }

  /** The names in clear for which a key is trusted. */
  namesOf(key: string): readonly ByteString[] {
    return this.#namesByKey.get(key) ?? [];
  }

  get isEmpty(): boolean {
    return this.#trusted.size + this.#patterns.length + this.#hashed.length === 0;
  }

  /** Whether trust in this key for this name would be new, although the host is known. */
  isNewKey(written: ByteString, key: string): boolean {
    const name = withoutDefaultPort(written);
    if (this.#trusts(name, key)) return false;
    if (this.#knows(name)) return true;
    // ssh takes the keys of `host` for `[host]:port` while it knows no other: a first key for the port replaces them.
    const host = withoutPort(name);
    return host !== undefined && this.#knows(host) && !this.#trusts(host, key);
  }

  /** Whether anything is said of this host, at whatever port; in doubt yes. */
  isKnown(name: ByteString): boolean {
    return this.#knows(name) || this.#hosts().has(name);
  }

  /** Whether some known host may match a pattern; what is hashed or a pattern itself may. */
  meets(pattern: ByteString): boolean {
    if (this.#patterns.length + this.#hashed.length > 0) return true;
    return [...this.#trusted.keys(), ...this.#hosts()].some((name) => this.#matches(name, pattern) !== false);
  }

  /** The hosts that are known at some port. */
  #hosts(): ReadonlySet<ByteString> {
    this.#hostsOfPorts ??= new Set(this.names.flatMap((name) => withoutPort(name) ?? []));
    return this.#hostsOfPorts;
  }

  #learn(line: KnownHostsLine, key: string | undefined): void {
    if (line.kind === 'blank' || line.kind === 'comment') return;
    const hosts = line.kind === 'entry' ? line.hosts : probable(line.hostsField);
    if (hosts.kind === 'hashed') {
      this.#hashed.push({ host: hosts, key });
      return;
    }
    for (const name of [...hosts.names, ...hosts.negated].map(withoutDefaultPort)) {
      const keys = this.#trusted.get(name) ?? new Set();
      this.#trusted.set(name, keys);
      if (key === undefined) continue;
      keys.add(key);
      this.#namesByKey.getOrInsertComputed(key, () => []).push(name);
    }
    // That a key is revoked for `*` does not make every host a known one.
    const isRevoked = line.kind === 'entry' && line.marker === '@revoked';
    if (!isRevoked) this.#patterns.push(...hosts.patterns.map((host) => ({ host, key })));
  }

  #trusts(name: ByteString, key: string): boolean {
    if (this.#trusted.get(name)?.has(key) === true) return true;
    const patterns = this.#patternsByKey.get(key) ?? [];
    if (patterns.some(({ host }) => this.#matches(name, host) === true)) return true;
    const hashed = this.#hashedByKey.get(key) ?? [];
    return hashed.length > 0 && Boolean(this.#tests.firstHost(hashed, name));
  }

  #knows(name: ByteString): boolean {
    const found =
      this.#known.get(name) ??
      (this.#trusted.has(name) ||
        this.#patterns.some(({ host }) => this.#matches(name, host) !== false) ||
        this.#tests.firstHost(this.#hashed, name) !== false);
    this.#known.set(name, found);
    return found;
  }

  /** undefined: too much work. */
  #matches(name: ByteString, pattern: ByteString): boolean | undefined {
    this.#patternWork += name.length * pattern.length;
    return this.#patternWork > maxPatternWork ? undefined : matchesPattern(name, pattern);
  }
}

/** Only a line without marker and without exceptions says in itself that its key is that of its hosts. */
function trustedKey(line: KnownHostsLine): string | undefined {
  return line.kind === 'entry' && line.marker === '' && !hasExceptions(line) ? line.key : undefined;
}

function hasExceptions({ hosts }: Entry): boolean {
  return hosts.kind === 'list' && hosts.negated.length > 0;
}

/** The hosts of a line that ssh may not read as it is read here: all that it could mean. */
function probable(field: ByteString): Hosts {
  const hosts = parseHosts(field);
  return hosts ?? { kind: 'list', names: lowerCase(field).split(','), patterns: [], negated: [] };
}
