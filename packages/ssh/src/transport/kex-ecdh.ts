// RFC 5656, section 4, and RFC 8731: one curve, and nothing against quantum computers.
import {
  ecdhP256,
  ecdhP384,
  ecdhP521,
  randomBytes,
  sha256,
  sha384,
  sha512,
  wipe,
  x25519,
  x25519PublicKey,
  type DiffieHellman,
} from '@orrery/crypto';
import { SshError } from '../ssh-error.ts';
import { asMpint } from './kex-secret.ts';
import type { KexMethod } from './kex.ts';

const X25519_LENGTH = 32;

/** X25519 in the form of the other curves. */
export const curve25519: DiffieHellman = {
  name: 'X25519',
  secretKeyLength: X25519_LENGTH,
  publicKeyLength: X25519_LENGTH,
  sharedSecretLength: X25519_LENGTH,
  generate: () => {
    const secretKey = randomBytes(X25519_LENGTH);
    return { secretKey, publicKey: x25519PublicKey(secretKey) };
  },
  publicKey: x25519PublicKey,
  sharedSecret: (secretKey, publicKey) => {
    if (publicKey.length !== X25519_LENGTH)
      throw new RangeError(
        `Cannot use X25519 public key: found ${publicKey.length} bytes, expected ${X25519_LENGTH}`,
      );
    const secret = x25519(secretKey, publicKey);
    // A point of small order (RFC 8731, section 3).
    if (secret.every((byte) => byte === 0))
      throw new RangeError('Cannot use X25519 public key: it leads to no secret');
    return secret;
  },
};

export const curve25519Sha256: KexMethod = method('curve25519-sha256', curve25519, sha256);
/** The name of the same before there was an RFC. */
export const curve25519Sha256AtLibssh: KexMethod = method('curve25519-sha256@libssh.org', curve25519, sha256);
export const ecdhNistp256: KexMethod = method('ecdh-sha2-nistp256', ecdhP256, sha256);
export const ecdhNistp384: KexMethod = method('ecdh-sha2-nistp384', ecdhP384, sha384);
export const ecdhNistp521: KexMethod = method('ecdh-sha2-nistp521', ecdhP521, sha512);

function method(name: string, curve: DiffieHellman, hash: KexMethod['hash']): KexMethod {
  return {
    name,
    postQuantum: false,
    hash,
    start: () => {
      const own = curve.generate();
      return {
        init: own.publicKey,
        finish: (reply) => asMpint(agree(curve, own.secretKey, reply)),
      };
    },
    answer: (init) => {
      const own = curve.generate();
      return { reply: own.publicKey, secret: asMpint(agree(curve, own.secretKey, init)) };
    },
  };
}

/** The shared secret; wipes the secret key. @throws {SshError} for a public key that is none. */
export function agree(curve: DiffieHellman, secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  try {
    return curve.sharedSecret(secretKey, publicKey);
  } catch (cause) {
    throw asKexError(cause);
  } finally {
    wipe(secretKey);
  }
}

/** Refused keys are the other side's fault. */
export function asKexError(cause: unknown): unknown {
  if (!(cause instanceof RangeError)) return cause;
  return new SshError('keyExchangeFailed', `Cannot exchange keys: ${cause.message}`, { cause });
}
