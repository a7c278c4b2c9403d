import { FormatError, Reader } from '@orrery/bytes';

/** Tags of ASN.1 (X.690). */
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const NULL = 0x05;
export const OBJECT_IDENTIFIER = 0x06;
const SEQUENCE = 0x30;

/** The content of a bit string (X.690, section 8.6) whose bits fill their bytes. @throws {FormatError} */
export function wholeBits(content: Uint8Array): Uint8Array {
  if (content[0] !== 0) throw new FormatError('Cannot read DER bit string: whole bytes expected');
  return content.subarray(1);
}

/** Reads values of ASN.1 in DER (X.690, section 10) one after the other. Arrays are views into the input. */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #reader: Reader;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#reader = new Reader(bytes);
  }

  get isAtEnd(): boolean {
    return this.#reader.remaining === 0;
  }

  /** The content of the next value, which must have this tag. @throws {FormatError} */
  value(tag: number): Uint8Array {
    const at = this.#reader.offset;
    const found = this.#reader.byte();
    if (found !== tag)
      throw new FormatError(`Cannot read DER at offset ${at}: found tag ${found}, ${tag} expected`);
    return this.#reader.bytes(this.#length());
  }

  /** The same where the next value has this tag; undefined, with nothing read, where it has another or there is none. */
  optional(tag: number): Uint8Array | undefined {
    return this.#bytes[this.#reader.offset] === tag ? this.value(tag) : undefined;
  }

  /** The content of a string of whole bytes. */
  bitString(): Uint8Array {
    return wholeBits(this.value(BIT_STRING));
  }

  sequence(): DerReader {
    return new DerReader(this.value(SEQUENCE));
  }

  /** The big-endian bytes of an integer that is not negative, without a sign. */
  unsigned(): Uint8Array {
    const bytes = this.value(INTEGER);
    const [first, second = 0] = bytes;
    if (first === undefined || first >= 0x80 || (first === 0 && bytes.length > 1 && second < 0x80))
      throw new FormatError('Cannot read DER integer: it is negative or not in the shortest form');
    return first === 0 ? bytes.subarray(1) : bytes;
  }

  /** A small integer that is not negative. */
  count(): number {
    const bytes = this.unsigned();
    if (bytes.length > 4) throw new FormatError('Cannot read DER integer: it is too large');
    return bytes.reduce((value, byte) => value * 256 + byte, 0);
  }

  /** An object identifier, as the hex of its content. */
  objectIdentifier(): string {
    return this.value(OBJECT_IDENTIFIER).toHex();
  }

  /** @throws {FormatError} something is left */
  end(): void {
    this.#reader.end();
  }

  #length(): number {
    const first = this.#reader.byte();
    if (first < 0x80) return first;
    const bytes = this.#reader.bytes(first & 0x7f);
    const length = bytes.reduce((value, byte) => value * 256 + byte, 0);
    const isShortest = bytes.length >= 1 && bytes.length <= 4 && bytes[0] !== 0 && length >= 0x80;
    if (!isShortest) throw new FormatError('Cannot read DER: a length is not in the shortest form');
    return length;
  }
}
