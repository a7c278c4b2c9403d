// Numbers that are secret: as bytes they can be wiped, as bigint they cannot.
import { FormatError, concat } from '@orrery/bytes';

/** The content of an mpint (RFC 4251, section 5) for big-endian bytes without a sign. A number of zero has none. */
export function mpintBytes(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  if (start === -1) return new Uint8Array();
  const digits = bytes.slice(start);
  return (digits[0] ?? 0) >= 0x80 ? concat(Uint8Array.of(0), digits) : digits;
}

/** `length` big-endian bytes of a positive number from the content of an mpint. @throws {FormatError} */
export function unsignedBytes(mpint: Uint8Array, length: number): Uint8Array {
  const digits = mpint[0] === 0 ? mpint.subarray(1) : mpint;
  if (digits.length > length)
    throw new FormatError(`Cannot read number: found ${digits.length} bytes, at most ${length} expected`);
  return concat(new Uint8Array(length - digits.length), digits);
}
