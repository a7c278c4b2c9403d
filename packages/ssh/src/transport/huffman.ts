// RFC 1951, section 3.2: prefix codes.

/** Codes of up to so many bits are found in one step. */
const FAST_BITS = 9;
const MAX_BITS = 15;

/** No symbol was found: the code is not whole yet, or there is none like it. */
export const NEEDS_MORE = -1;
const NO_SUCH_CODE = -2;

/** Decodes one set of prefix codes. */
export class HuffmanTable {
  /** By the next bits: the symbol, times 16, and the length of its code; 0 where that is longer. */
  readonly #fast = new Uint16Array(1 << FAST_BITS);
  /** How many codes have each length. */
  readonly #counts = new Uint16Array(MAX_BITS + 1);
  /** The symbols in the order of their codes. */
  readonly #symbols: Uint16Array;

  /** @param lengths Of the code of each symbol, in bits; 0 for none. @throws {RangeError} if they make no code. */
  constructor(lengths: Uint8Array) {
    this.#symbols = new Uint16Array(lengths.length);
    for (const length of lengths) if (length > 0) this.#count(length);
    const next = this.#firstCodes();
    const places = this.#firstPlaces();
    for (const [symbol, length] of lengths.entries()) {
      if (length === 0) continue;
      this.#symbols[take(places, length)] = symbol;
      const code = take(next, length);
      if (length <= FAST_BITS) this.#fillFast(reverse(code, length), length, symbol);
    }
  }

  /**
   * The symbol at the beginning of `bits`, times 16, and the length of its code.
   * @param available How many of the bits are there; the others are 0.
   */
  decode(bits: number, available: number): number {
    const entry = this.#fast[bits & ((1 << FAST_BITS) - 1)] ?? 0;
    if (entry === 0) return this.#decodeLong(bits, available);
    return (entry & 15) <= available ? entry : NEEDS_MORE;
  }

  /** Codes of one length are consecutive numbers, read from the highest bit on. */
  #decodeLong(bits: number, available: number): number {
    let code = 0;
    let first = 0;
    let place = 0;
    for (let length = 1; length <= MAX_BITS; length++) {
      if (length > available) return NEEDS_MORE;
      code |= (bits >>> (length - 1)) & 1;
      const count = this.#counts[length] ?? 0;
      if (code - first < count) return ((this.#symbols[place + code - first] ?? 0) << 4) | length;
      place += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return NO_SUCH_CODE;
  }

  #count(length: number): void {
    this.#counts[length] = (this.#counts[length] ?? 0) + 1;
  }

  #firstCodes(): Uint16Array {
    const next = new Uint16Array(MAX_BITS + 2);
    let left = 1;
    for (let length = 1; length <= MAX_BITS; length++) {
      const count = this.#counts[length] ?? 0;
      left = 2 * left - count;
      if (left < 0) throw new RangeError('Cannot use prefix code: it has too many codes');
      next[length + 1] = ((next[length] ?? 0) + count) << 1;
    }
    return next;
  }

  #firstPlaces(): Uint16Array {
    const places = new Uint16Array(MAX_BITS + 2);
    for (let length = 1; length <= MAX_BITS; length++)
      places[length + 1] = (places[length] ?? 0) + (this.#counts[length] ?? 0);
    return places;
  }

  #fillFast(reversed: number, length: number, symbol: number): void {
    for (let index = reversed; index < 1 << FAST_BITS; index += 1 << length)
      this.#fast[index] = (symbol << 4) | length;
  }
}

/** What the array has at the index, which it counts up. */
function take(array: Uint16Array, index: number): number {
  const value = array[index] ?? 0;
  array[index] = value + 1;
  return value;
}

function reverse(code: number, length: number): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit++) reversed |= ((code >>> bit) & 1) << (length - 1 - bit);
  return reversed;
}
