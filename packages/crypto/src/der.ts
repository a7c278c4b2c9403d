import { concat } from '@orrery/bytes';

const INTEGER = 0x02;
const SEQUENCE = 0x30;

/** A value of ASN.1 in DER (X.690, section 10): tag, length, content. */
export function derValue(tag: number, content: Uint8Array): Uint8Array {
  if (content.length < 0x80) return concat(Uint8Array.of(tag, content.length), content);
  const length: number[] = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  return concat(Uint8Array.of(tag, 0x80 | length.length, ...length), content);
}

export function derSequence(...items: readonly Uint8Array[]): Uint8Array {
  return derValue(SEQUENCE, concat(...items));
}

/** A number from its big-endian bytes, which have no sign. */
export function derInteger(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start === -1 ? Uint8Array.of(0) : bytes.subarray(start);
  return derValue(INTEGER, (digits[0] ?? 0) >= 0x80 ? concat(Uint8Array.of(0), digits) : digits);
}
