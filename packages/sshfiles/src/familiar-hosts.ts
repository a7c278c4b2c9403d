import { positivePatterns } from './config/head.ts';
import { allLines, parseConfig } from './config/parse.ts';
import { patternsMeet } from './config/patterns.ts';
import { type ByteString, lowerCase } from './config/tokens.ts';
import { HashTests } from './known-hosts/hash-tests.ts';
import { Knowledge } from './known-hosts/knowledge.ts';
import { parseKnownHosts } from './known-hosts/parse.ts';

/** How much work patterns may cause in one review, as the product of their lengths; what is left counts as familiar. */
const maxWork = 20_000_000;

/** The hosts that a person has here: what configs have blocks for, and what known_hosts files know. */
export class FamiliarHosts {
  readonly #names: ReadonlySet<ByteString>;
  readonly #patterns: readonly ByteString[];
  readonly #knowledge: Knowledge;
  #work = 0;

  /** @throws RangeError for files over the limits of `parseConfig` and `parseKnownHosts`. */
  constructor(configs: readonly Uint8Array[], knownHosts: readonly Uint8Array[]) {
    const heads = configs.flatMap((bytes) => allLines(parseConfig(bytes)));
    const patterns = heads
      .flatMap((line) => (line.kind === 'directive' ? positivePatterns(line) : []))
      // What holds for every host speaks of none.
      .filter((pattern) => !/^[*?]*\*[*?]*$/.test(pattern));
    this.#names = new Set(patterns.filter((pattern) => !/[*?]/.test(pattern)));
    this.#patterns = [...new Set(patterns.filter((pattern) => /[*?]/.test(pattern)))];
    const files = knownHosts.map((bytes) => parseKnownHosts(bytes));
    this.#knowledge = new Knowledge(files, { lines: [] }, new HashTests());
  }

  /** Whether a pattern of a Host line may mean one of them. */
  has(written: ByteString): boolean {
    const pattern = lowerCase(written);
    if (this.#names.has(pattern)) return true;
    if (this.#patterns.some((other) => this.#meet(other, pattern))) return true;
    if (!/[*?]/.test(pattern)) return this.#knowledge.isKnown(pattern);
    return [...this.#names].some((name) => this.#meet(name, pattern)) || this.#knowledge.meets(pattern);
  }

  #meet(one: ByteString, other: ByteString): boolean {
    this.#work += one.length * other.length;
    return this.#work > maxWork || patternsMeet(one, other);
  }
}
