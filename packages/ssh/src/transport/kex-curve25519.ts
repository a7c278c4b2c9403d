// RFC 8731.
import { randomBytes, sha256, wipe, x25519, x25519PublicKey } from '@orrery/crypto';
import { SshError } from '../ssh-error.ts';
import { asMpint } from './kex-secret.ts';
import type { KexMethod } from './kex.ts';

const LENGTH = 32;

export const curve25519Sha256: KexMethod = {
  name: 'curve25519-sha256',
  postQuantum: false,
  hash: sha256,
  start: () => {
    const own = generateX25519();
    return {
      init: own.publicKey,
      finish: (reply) => asMpint(agreeX25519(own.secretKey, reply)),
    };
  },
  answer: (init) => {
    const own = generateX25519();
    return { reply: own.publicKey, secret: asMpint(agreeX25519(own.secretKey, init)) };
  },
};

export function generateX25519(): { readonly secretKey: Uint8Array; readonly publicKey: Uint8Array } {
  const secretKey = randomBytes(LENGTH);
  return { secretKey, publicKey: x25519PublicKey(secretKey) };
}

/** The shared secret, 32 bytes; wipes the secret key. @throws {SshError} for a point of small order (RFC 8731, section 3). */
export function agreeX25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  if (publicKey.length !== LENGTH)
    throw new SshError(
      'keyExchangeFailed',
      `Cannot use X25519 key of ${publicKey.length} bytes: ${LENGTH} expected`,
    );
  const secret = x25519(secretKey, publicKey);
  wipe(secretKey);
  if (secret.every((byte) => byte === 0))
    throw new SshError('keyExchangeFailed', 'Cannot use X25519 key: it leads to no secret');
  return secret;
}
