// New inputs from those that reached something.
import { concat } from '@orrery/bytes';

/** Numbers from a seed, the same in every run (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to `end` - 1; 0 where there is none. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  of<T>(items: readonly T[], fallback: T): T {
    return items[this.below(items.length)] ?? fallback;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}

/** Longest input, in bytes. */
export const MAX_INPUT = 64 * 1024;

/** Bytes and numbers at which parsers decide. */
const bytes = [0, 1, 2, 0x0a, 0x0d, 0x20, 0x22, 0x23, 0x2c, 0x3d, 0x5c, 0x7f, 0x80, 0xc0, 0xf0, 0xff];
const numbers = [
  0, 1, 2, 3, 4, 5, 8, 16, 32, 64, 127, 128, 255, 256, 1024, 4095, 4096, 8192, 32_768, 65_535,
].concat([65_536, 262_144, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff]);

export interface Material {
  /** What words the format has. */
  readonly words: readonly Uint8Array[];
  /** Any input that reached something. */
  readonly other: () => Uint8Array;
}

type Mutation = (input: Uint8Array, random: Random, material: Material) => Uint8Array;

const replaced = (input: Uint8Array, at: number, length: number, by: Uint8Array): Uint8Array =>
  concat(input.subarray(0, at), by, input.subarray(at + length));

const be32 = (value: number): Uint8Array => {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value);
  return out;
};

const piece = (input: Uint8Array, random: Random): Uint8Array => {
  const start = random.below(input.length);
  return input.subarray(start, start + 1 + random.below(Math.min(256, input.length - start)));
};

const mutations: readonly Mutation[] = [
  (input, random) => {
    const out = Uint8Array.from(input);
    const at = random.below(out.length);
    if (out.length > 0) out[at] = (out[at] ?? 0) ^ (1 << random.below(8));
    return out;
  },
  (input, random) => replaced(input, random.below(input.length), 1, Uint8Array.of(random.below(256))),
  (input, random) => replaced(input, random.below(input.length), 1, Uint8Array.of(random.of(bytes, 0))),
  (input, random) => replaced(input, random.below(input.length + 1), 0, random.bytes(1 + random.below(8))),
  (input, random) => replaced(input, random.below(input.length + 1), 0, Uint8Array.of(random.of(bytes, 0))),
  (input, random) => replaced(input, random.below(input.length), 4, be32(random.of(numbers, 0))),
  // A length that is right, or nearly, for what is behind it.
  (input, random) => {
    const at = random.below(input.length);
    return replaced(input, at, 4, be32(Math.max(0, input.length - at - 4 + random.below(3) - 1)));
  },
  (input, random) => {
    const at = random.below(Math.max(0, input.length - 3));
    const field = input.subarray(at, at + 4);
    const value = field.length < 4 ? 0 : new DataView(field.slice().buffer).getUint32(0);
    return replaced(input, at, 4, be32((value + random.below(9) - 4) >>> 0));
  },
  (input, random) => replaced(input, random.below(input.length), 1 + random.below(16), new Uint8Array()),
  (input, random) => input.subarray(0, random.below(input.length + 1)),
  (input, random) => replaced(input, random.below(input.length + 1), 0, piece(input, random)),
  (input, random, { other }) => replaced(input, random.below(input.length + 1), 0, piece(other(), random)),
  (input, random, { other }) => {
    const part = piece(other(), random);
    return replaced(input, random.below(input.length), part.length, part);
  },
  (input, random, { other }) => {
    const second = other();
    return concat(
      input.subarray(0, random.below(input.length + 1)),
      second.subarray(random.below(second.length)),
    );
  },
  (input, random, { words }) =>
    replaced(input, random.below(input.length + 1), 0, random.of(words, new Uint8Array())),
  (input, random, { words }) => {
    const word = random.of(words, new Uint8Array());
    return replaced(input, random.below(input.length), word.length, word);
  },
  // Often: what grows without a limit is found by doubling.
  (input, random) => {
    const part = piece(input, random);
    return replaced(
      input,
      random.below(input.length + 1),
      0,
      concat(...Array.from({ length: 1 + random.below(64) }, () => part)),
    );
  },
];

/** One to eight changes of an input, mostly few. */
export function mutate(input: Uint8Array, random: Random, material: Material): Uint8Array {
  let out = input;
  for (let left = 1 << Math.min(random.below(4), random.below(4)); left > 0; left -= 1) {
    const mutation = mutations[random.below(mutations.length)];
    if (mutation !== undefined) out = mutation(out, random, material).subarray(0, MAX_INPUT);
  }
  return out;
}
