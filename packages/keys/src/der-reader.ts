import { FormatError, Reader } from '@orrery/bytes';

/** Tags of ASN.1 (X.690). */
const INTEGER = 0x02;
export const OCTET_STRING = 0x04;
export const NULL = 0x05;
const OBJECT_IDENTIFIER = 0x06;
const SEQUENCE = 0x30;

/** Reads values of ASN.1 in DER (X.690, section 10) one after the other. Arrays are views into the input. */
export class DerReader {
  readonly #reader: Reader;

  constructor(bytes: Uint8Array) {
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
