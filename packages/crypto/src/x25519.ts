import { native } from '#native';

import type { EphemeralKey } from './ecdh.ts';
import { checkLength } from './length.ts';
import { randomBytes, wipe } from './secret.ts';

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
  return native.x25519.importSecretKey(secretKey).publicKey();
}

/**
 * The function X25519 of RFC 7748, section 5, for 32-byte keys. It is all zero for a point of small order, for which
 * the platforms throw: X-Wing goes on, because there ML-KEM still protects the secret.
 */
export function x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return isSmallOrder(publicKey)
    ? new Uint8Array(LENGTH)
    : native.x25519.importSecretKey(secretKey).sharedSecret(publicKey);
}

/** A new key whose secret never leaves the platform. A point of small order is a RangeError (RFC 7748, section 6.1). */
export function ephemeralX25519(): EphemeralKey {
  const secretKey = randomBytes(LENGTH);
  const key = native.x25519.importSecretKey(secretKey);
  wipe(secretKey);
  return {
    publicKey: key.publicKey(),
    sharedSecret: (publicKey) => {
      checkLength('X25519 public key', publicKey, LENGTH);
      if (isSmallOrder(publicKey))
        throw new RangeError('Cannot use X25519 public key: it leads to no secret');
      return key.sharedSecret(publicKey);
    },
  };
}

function isSmallOrder(publicKey: Uint8Array): boolean {
  const u = publicKey.slice();
  u[LENGTH - 1] = (u[LENGTH - 1] ?? 0) & 0x7f;
  return SMALL_ORDER.has(u.toHex());
}
