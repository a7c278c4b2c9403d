import { type Codec, FormatError, Reader, Writer, concat, mpint } from '@orrery/bytes';

/** Longest coordinate, in bytes: that of P-521. A sign byte may stand before it. */
const MAX_COORDINATE = 66;
const number: Codec<bigint> = mpint(MAX_COORDINATE + 1);

/** The blob of an ECDSA signature, two mpints (RFC 5656, section 3.1.2), from r || s. */
export function ecdsaBlob(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  const writer = new Writer();
  for (const part of [signature.subarray(0, half), signature.subarray(half)])
    number.write(writer, BigInt(`0x${part.toHex()}`));
  return writer.finish();
}

/** r || s, each of `length` bytes, from the blob of an ECDSA signature. @throws {FormatError} */
export function ecdsaSignature(blob: Uint8Array, length: number): Uint8Array {
  const reader = new Reader(blob);
  const parts = [number.read(reader), number.read(reader)].map((value) => coordinate(value, length));
  reader.end();
  return concat(...parts);
}

function coordinate(value: bigint, length: number): Uint8Array {
  const hex = value.toString(16).padStart(2 * length, '0');
  if (value < 0n || hex.length > 2 * length)
    throw new FormatError(`Cannot read ECDSA signature: its numbers do not fit into ${length} bytes`);
  return Uint8Array.fromHex(hex);
}
