// ML-KEM with an elliptic curve (draft-ietf-sshm-mlkem-hybrid-kex): secure as long as one of them is.
import { concat } from '@orrery/bytes';
import { mlKem768, sha256, wipe, type Kem } from '@orrery/crypto';
import { SshError } from '../ssh-error.ts';
import { agreeX25519, generateX25519 } from './kex-curve25519.ts';
import { asString } from './kex-secret.ts';
import type { KexMethod } from './kex.ts';

export const mlkem768X25519Sha256: KexMethod = hybrid({
  name: 'mlkem768x25519-sha256',
  kem: mlKem768,
  hash: sha256,
});

interface Parts {
  readonly name: string;
  readonly kem: Kem;
  readonly hash: (bytes: Uint8Array) => Uint8Array;
}

function hybrid({ name, kem, hash }: Parts): KexMethod {
  const curveLength = 32;
  const combine = (post: Uint8Array, classical: Uint8Array): Uint8Array => {
    const both = concat(post, classical);
    const secret = asString(hash(both));
    wipe(both, post, classical);
    return secret;
  };
  return {
    name,
    postQuantum: true,
    hash,
    start: () => {
      const post = kem.generate();
      const classical = generateX25519();
      return {
        init: concat(post.publicKey, classical.publicKey),
        finish: (reply) => {
          const [ciphertext, point] = split(name, reply, kem.ciphertextLength, curveLength);
          const shared = kem.decapsulate(post.secretKey, ciphertext);
          wipe(post.secretKey);
          return combine(shared, agreeX25519(classical.secretKey, point));
        },
      };
    },
    answer: (init) => {
      const [publicKey, point] = split(name, init, kem.publicKeyLength, curveLength);
      const { ciphertext, sharedSecret } = encapsulate(name, kem, publicKey);
      const classical = generateX25519();
      const secret = combine(sharedSecret, agreeX25519(classical.secretKey, point));
      return { reply: concat(ciphertext, classical.publicKey), secret };
    },
  };
}

function encapsulate(name: string, kem: Kem, publicKey: Uint8Array): ReturnType<Kem['encapsulate']> {
  try {
    return kem.encapsulate(publicKey);
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new SshError('keyExchangeFailed', `Cannot use ${name}: ${cause.message}`, { cause });
    throw cause;
  }
}

function split(
  name: string,
  bytes: Uint8Array,
  first: number,
  second: number,
): readonly [Uint8Array, Uint8Array] {
  if (bytes.length !== first + second)
    throw new SshError(
      'keyExchangeFailed',
      `Cannot use ${name}: found ${bytes.length} bytes, ${first + second} expected`,
    );
  return [bytes.subarray(0, first), bytes.subarray(first)];
}
