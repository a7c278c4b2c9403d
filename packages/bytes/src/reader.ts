import { FormatError } from './format-error.ts';

// A byte order mark is kept as a character, so that what was read prints the same.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the data types of RFC 4251, section 5, one after the other. Every method moves `offset` behind what it
 * returned and throws FormatError for bytes that are missing, too long or not in their only permitted form.
 *
 * Arrays that it returns are views into the input, not copies.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    // A view of our own, because a subclass (Buffer) would hand out subclass views.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Position of the next byte. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  byte(): number {
    return this.#view.getUint8(this.#advance(1, 'byte'));
  }

  /** RFC 4251 reads every nonzero byte as true; here only 0 and 1 are accepted, so that a value has one form. */
  boolean(): boolean {
    const at = this.#offset;
    const value = this.byte();
    if (value > 1) {
      throw new FormatError(`Cannot read boolean at offset ${at}: found ${value}, expected 0 or 1`);
    }
    return value === 1;
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4, 'uint32'));
  }

  uint64(): bigint {
    return this.#view.getBigUint64(this.#advance(8, 'uint64'));
  }

  /** An SSH string of at most `max` bytes. */
  string(max: number): Uint8Array {
    return this.#prefixed(max, 'string');
  }

  /** An SSH string of at most `max` bytes that is valid UTF-8. */
  text(max: number): string {
    const at = this.#offset;
    const bytes = this.#prefixed(max, 'text');
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw new FormatError(`Cannot read text at offset ${at}: not valid UTF-8`, { cause });
    }
  }

  /** A name-list of at most `max` bytes: names of printable US-ASCII without comma and space, none empty. */
  nameList(max: number): string[] {
    const at = this.#offset;
    const bytes = this.#prefixed(max, 'name-list');
    if (bytes.length === 0) return [];
    if (!bytes.every((byte) => byte > 0x20 && byte < 0x7f)) {
      throw new FormatError(
        `Cannot read name-list at offset ${at}: found a byte that is not printable US-ASCII`,
      );
    }
    const names = decoder.decode(bytes).split(',');
    if (names.includes('')) {
      throw new FormatError(`Cannot read name-list at offset ${at}: found an empty name`);
    }
    return names;
  }

  /** A signed integer of at most `max` bytes, in the shortest form. A bigint cannot be wiped: not for secrets. */
  mpint(max: number): bigint {
    const at = this.#offset;
    const bytes = this.#prefixed(max, 'mpint');
    const [first, second = 0] = bytes;
    if (first === undefined) return 0n;
    const sign = second >= 0x80 ? 0xff : 0;
    if (first === sign) {
      throw new FormatError(`Cannot read mpint at offset ${at}: found an unnecessary leading byte`);
    }
    return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toHex()}`));
  }

  /** `length` bytes without a length prefix. */
  bytes(length: number): Uint8Array {
    return this.#take(length, 'bytes');
  }

  /** All bytes that are left. */
  rest(): Uint8Array {
    return this.#take(this.remaining, 'bytes');
  }

  /** Throws if bytes are left. */
  end(): void {
    if (this.remaining > 0) {
      throw new FormatError(
        `Cannot end reading at offset ${this.#offset}: ${this.remaining} bytes left, 0 expected`,
      );
    }
  }

  #prefixed(max: number, type: string): Uint8Array {
    const at = this.#offset;
    const length = this.#view.getUint32(this.#advance(4, type));
    if (length > max) {
      throw new FormatError(
        `Cannot read ${type} at offset ${at}: found ${length} bytes, at most ${max} expected`,
      );
    }
    return this.#take(length, type);
  }

  #take(length: number, type: string): Uint8Array {
    const start = this.#advance(length, type);
    return this.#bytes.subarray(start, start + length);
  }

  #advance(length: number, type: string): number {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new RangeError(`Cannot read ${type}: length "${length}" is not a count of bytes`);
    }
    if (length > this.remaining) {
      throw new FormatError(
        `Cannot read ${type} at offset ${this.#offset}: ${this.remaining} bytes left, ${length} needed`,
      );
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}
