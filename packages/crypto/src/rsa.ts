// RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2).
import { native } from '#native';

import { derInteger, derSequence } from './der.ts';
import type { RsaHash } from './native.ts';
import { wipe } from './secret.ts';
import type { Signer, Verifier } from './signature.ts';

export type { RsaHash } from './native.ts';

/** Fewest bits of a modulus. */
const MIN_BITS = 2048;
/** Most bits of a modulus: more would take a peer's time. */
const MAX_BITS = 16_384;
/** Most bits of a public exponent. */
const MAX_EXPONENT_BITS = 64;

/** The numbers of a public key (RFC 8017, section 3.1), as big-endian bytes. */
export interface RsaPublicKey {
  /** The modulus. */
  readonly n: Uint8Array;
  readonly e: Uint8Array;
}

/** The numbers of a secret key (RFC 8017, section 3.2), as big-endian bytes. */
export interface RsaSecretKey extends RsaPublicKey {
  readonly d: Uint8Array;
  readonly p: Uint8Array;
  readonly q: Uint8Array;
  /** The inverse of q modulo p. */
  readonly inverse: Uint8Array;
}

/**
 * A new secret key with the exponent 65537, as RSAPrivateKey of RFC 8017, appendix A.1.2, which the caller wipes. It takes
 * seconds, for the longest keys minutes, in which this thread goes on.
 *
 * @throws {RangeError} `bits` is not a whole number from 2048 to 16384
 */
export async function generateRsaKey(bits: number): Promise<Uint8Array> {
  if (!Number.isInteger(bits) || bits < MIN_BITS || bits > MAX_BITS)
    throw new RangeError(`Cannot make RSA key of ${bits} bits: ${MIN_BITS} to ${MAX_BITS} expected`);
  return native.rsa.generate(bits);
}

/** A verifier for signatures as long as the modulus. @throws {RangeError} for a key that is too short, too long or none. */
export function rsaVerifier(key: RsaPublicKey, hash: RsaHash): Verifier {
  checkPublicKey(key);
  const verify = native.rsa.importPublicKey(key.n, key.e, hash);
  const length = Math.ceil(bitLength(integer(key.n)) / 8);
  return {
    algorithm: nameOf(hash),
    verify: (message, signature) => signature.length === length && verify(message, signature),
  };
}

/**
 * A signer, which keeps the key.
 * @throws {RangeError} for a key that is too short or too long, or whose numbers do not belong together.
 */
export function rsaSigner(key: RsaSecretKey, hash: RsaHash): Omit<Signer, 'publicKey'> {
  checkPublicKey(key);
  const pkcs1 = rsaSecretKeyDer(key);
  const sign = native.rsa.importSecretKey(pkcs1, hash);
  wipe(pkcs1);
  return {
    algorithm: nameOf(hash),
    sign: async (message) => sign(message),
  };
}

/**
 * RSAPrivateKey of RFC 8017, appendix A.1.2. A number that is wrong could make a signature that gives the key away.
 * @throws {RangeError} the numbers do not belong together
 */
export function rsaSecretKeyDer(key: RsaSecretKey): Uint8Array {
  const [n, e, d] = [integer(key.n), integer(key.e), integer(key.d)];
  const [p, q, inverse] = [integer(key.p), integer(key.q), integer(key.inverse)];
  const isWhole =
    p > 1n &&
    q > 1n &&
    p * q === n &&
    (e * d) % (p - 1n) === 1n &&
    (e * d) % (q - 1n) === 1n &&
    (inverse * q) % p === 1n;
  if (!isWhole) throw new RangeError('Cannot use RSA secret key: its numbers do not belong together');
  return derSequence(
    derInteger(Uint8Array.of(0)),
    ...[key.n, key.e, key.d, key.p, key.q].map(derInteger),
    ...[d % (p - 1n), d % (q - 1n)].map((number) => derInteger(bytesOf(number))),
    derInteger(key.inverse),
  );
}

function checkPublicKey(key: RsaPublicKey): void {
  const [n, e] = [integer(key.n), integer(key.e)];
  const bits = bitLength(n);
  if (bits < MIN_BITS || bits > MAX_BITS)
    throw new RangeError(`Cannot use RSA key of ${bits} bits: ${MIN_BITS} to ${MAX_BITS} expected`);
  if (n % 2n === 0n) throw new RangeError('Cannot use RSA key: its modulus is even');
  if (e < 3n || e % 2n === 0n || bitLength(e) > MAX_EXPONENT_BITS)
    throw new RangeError(
      `Cannot use RSA key: its exponent is not odd, from 3 to ${MAX_EXPONENT_BITS} bits long`,
    );
}

function nameOf(hash: RsaHash): string {
  return `RSASSA-PKCS1-v1_5-${hash === 'sha256' ? 'SHA256' : 'SHA512'}`;
}

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex() || '0'}`);
}

function bytesOf(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Uint8Array.fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}
