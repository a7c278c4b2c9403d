import { utf8 } from './bytes.ts';

const PRINTABLE_NAME = /^[\x21-\x2b\x2d-\x7e]+$/;

/**
 * Writes the data types of RFC 4251, section 5. Every method returns the writer, so that calls can be chained, and
 * throws RangeError for a value that its type cannot hold.
 */
export class Writer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  byte(value: number): this {
    checkInteger('byte', value, 0xff);
    const start = this.#grow(1);
    this.#view.setUint8(start, value);
    return this;
  }

  boolean(value: boolean): this {
    return this.byte(value ? 1 : 0);
  }

  uint32(value: number): this {
    checkInteger('uint32', value, 0xffff_ffff);
    const start = this.#grow(4);
    this.#view.setUint32(start, value);
    return this;
  }

  uint64(value: bigint): this {
    if (BigInt.asUintN(64, value) !== value) {
      throw new RangeError(`Cannot write uint64 "${value}": out of range`);
    }
    const start = this.#grow(8);
    this.#view.setBigUint64(start, value);
    return this;
  }

  /** The bytes behind their length. */
  string(value: Uint8Array): this {
    return this.uint32(value.length).bytes(value);
  }

  /** The text in UTF-8, as a string. */
  text(value: string): this {
    return this.string(utf8(value));
  }

  /** The names, each of printable US-ASCII without comma and space, as one string. */
  nameList(names: readonly string[]): this {
    const bad = names.find((name) => !PRINTABLE_NAME.test(name));
    if (bad !== undefined) {
      throw new RangeError(
        `Cannot write name-list with "${bad}": expected printable US-ASCII without comma and space`,
      );
    }
    return this.text(names.join(','));
  }

  /** The integer in two's complement, in the shortest form. A bigint cannot be wiped: not for secrets. */
  mpint(value: bigint): this {
    return this.string(twosComplement(value));
  }

  /** The bytes without a length prefix. */
  bytes(value: Uint8Array): this {
    const start = this.#grow(value.length);
    this.#bytes.set(value, start);
    return this;
  }

  /** What was written. The writer is empty afterwards and keeps no copy. */
  finish(): Uint8Array {
    const written = this.#bytes.slice(0, this.#length);
    this.#bytes.fill(0, 0, this.#length);
    this.#length = 0;
    return written;
  }

  /** Where to write `length` more bytes. Replaces #bytes and #view when they are full, so call it before using them. */
  #grow(length: number): number {
    const start = this.#length;
    const needed = start + length;
    if (needed > this.#bytes.length) this.#move(Math.max(needed, this.#bytes.length * 2));
    this.#length = needed;
    return start;
  }

  #move(capacity: number): void {
    const larger = new Uint8Array(capacity);
    larger.set(this.#bytes);
    this.#bytes.fill(0); // what was written may be secret
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function checkInteger(type: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`Cannot write ${type} "${value}": expected an integer from 0 to ${max}`);
  }
}

function twosComplement(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array();
  // -value - 1 has the bits of a negative value inverted, so both need the same number of bytes.
  const magnitude = value < 0n ? -value - 1n : value;
  let length = Math.ceil(magnitude.toString(16).length / 2);
  if (BigInt.asIntN(length * 8, value) !== value) length += 1; // for the sign
  return Uint8Array.fromHex(
    BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0'),
  );
}
