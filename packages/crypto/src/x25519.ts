import { native } from '#native';

const LENGTH = 32;

/** The u-coordinates of all points of small order, and their other encodings; the top bit of an encoding is ignored. */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** The public key of a 32-byte secret key (RFC 7748, section 6.1). */
export function x25519PublicKey(secretKey: Uint8Array): Uint8Array {
  return native.x25519.publicKey(secretKey);
}

/**
 * The function X25519 of RFC 7748, section 5, for 32-byte keys. It is all zero for a point of small order, for which
 * the platforms throw: X-Wing goes on, because there ML-KEM still protects the secret.
 */
export function x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const u = publicKey.slice();
  u[LENGTH - 1] = (u[LENGTH - 1] ?? 0) & 0x7f;
  if (SMALL_ORDER.has(u.toHex())) return new Uint8Array(LENGTH);
  return native.x25519.sharedSecret(secretKey, publicKey);
}
