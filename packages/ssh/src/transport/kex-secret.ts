import { concat, encode, string } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';

/** K as a string: 64 bytes at most. Wipes the secret. */
export function asString(secret: Uint8Array): Uint8Array {
  const encoded = encode(string(64), secret);
  wipe(secret);
  return encoded;
}

/** K as an mpint, from the big-endian bytes of a positive integer (RFC 4251, section 5). Wipes the secret. */
export function asMpint(secret: Uint8Array): Uint8Array {
  let start = 0;
  while (start < secret.length && secret[start] === 0) start++;
  const bytes = secret.subarray(start);
  const signed = (bytes[0] ?? 0) >= 0x80 ? concat(new Uint8Array(1), bytes) : bytes.slice();
  const encoded = encode(string(secret.length + 1), signed);
  wipe(secret, signed);
  return encoded;
}
