// RFC 5656, section 4, and RFC 8731: one curve, and nothing against quantum computers.
import {
  ecdhP256,
  ecdhP384,
  ecdhP521,
  sha256,
  sha384,
  sha512,
  ephemeralX25519,
  type DiffieHellman,
  type EphemeralKey,
} from '@orrery/crypto';
import { SshError } from '../ssh-error.ts';
import { asMpint } from './kex-secret.ts';
import type { KexMethod } from './kex.ts';

export type Curve = Pick<DiffieHellman, 'publicKeyLength' | 'ephemeral'>;

export const curve25519: Curve = { publicKeyLength: 32, ephemeral: ephemeralX25519 };

export const curve25519Sha256: KexMethod = method('curve25519-sha256', curve25519, sha256);
/** The name of the same before there was an RFC. */
export const curve25519Sha256AtLibssh: KexMethod = method('curve25519-sha256@libssh.org', curve25519, sha256);
export const ecdhNistp256: KexMethod = method('ecdh-sha2-nistp256', ecdhP256, sha256);
export const ecdhNistp384: KexMethod = method('ecdh-sha2-nistp384', ecdhP384, sha384);
export const ecdhNistp521: KexMethod = method('ecdh-sha2-nistp521', ecdhP521, sha512);

function method(name: string, curve: Curve, hash: KexMethod['hash']): KexMethod {
  return {
    name,
    postQuantum: false,
    hash,
    start: () => {
      const own = curve.ephemeral();
      return { init: own.publicKey, finish: (reply) => asMpint(agree(own, reply)) };
    },
    answer: (init) => {
      const own = curve.ephemeral();
      return { reply: own.publicKey, secret: asMpint(agree(own, init)) };
    },
  };
}

/** The shared secret. @throws {SshError} for a public key that is none, or leads to no secret (RFC 8731, section 3). */
export function agree(own: EphemeralKey, publicKey: Uint8Array): Uint8Array {
  try {
    return own.sharedSecret(publicKey);
  } catch (cause) {
    throw asKexError(cause);
  }
}

/** Refused keys are the other side's fault. */
export function asKexError(cause: unknown): unknown {
  if (!(cause instanceof RangeError)) return cause;
  return new SshError('keyExchangeFailed', `Cannot exchange keys: ${cause.message}`, { cause });
}
