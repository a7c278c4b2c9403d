// A post-quantum mechanism with an elliptic curve (draft-ietf-sshm-mlkem-hybrid-kex; RFC 9941): secure as long as one of them is.
import { concat } from '@orrery/bytes';
import {
  ecdhP256,
  ecdhP384,
  loadSntrup761,
  mlKem1024,
  mlKem768,
  sha256,
  sha384,
  sha512,
  wipe,
  type Kem,
} from '@orrery/crypto';
import { SshError } from '../ssh-error.ts';
import { agree, asKexError, curve25519, type Curve } from './kex-ecdh.ts';
import { asString } from './kex-secret.ts';
import type { KexAnswer, KexAttempt, KexMethod } from './kex.ts';

interface Parts {
  readonly name: string;
  readonly kem: Kem;
  readonly curve: Curve;
  readonly hash: (bytes: Uint8Array) => Uint8Array;
}

export const mlkem768X25519: KexMethod = hybrid({
  name: 'mlkem768x25519-sha256',
  kem: mlKem768,
  curve: curve25519,
  hash: sha256,
});

export const mlkem768Nistp256: KexMethod = hybrid({
  name: 'mlkem768nistp256-sha256',
  kem: mlKem768,
  curve: ecdhP256,
  hash: sha256,
});

export const mlkem1024Nistp384: KexMethod = hybrid({
  name: 'mlkem1024nistp384-sha384',
  kem: mlKem1024,
  curve: ecdhP384,
  hash: sha384,
});

export const sntrup761X25519: KexMethod = sntrup('sntrup761x25519-sha512');
/** The name of the same before there was an RFC. */
export const sntrup761X25519AtOpenssh: KexMethod = sntrup('sntrup761x25519-sha512@openssh.com');

function hybrid(parts: Parts): KexMethod {
  return {
    name: parts.name,
    postQuantum: true,
    hash: parts.hash,
    start: () => start(parts),
    answer: (init) => answer(parts, init),
  };
}

/** Loaded by the first connection that uses it. */
function sntrup(name: string): KexMethod {
  const load = async (): Promise<Parts> => ({
    name,
    kem: await loadSntrup761(),
    curve: curve25519,
    hash: sha512,
  });
  return {
    name,
    postQuantum: true,
    hash: sha512,
    start: async () => start(await load()),
    answer: async (init) => answer(await load(), init),
  };
}

/** The client sends both public keys. */
function start({ name, kem, curve, hash }: Parts): KexAttempt {
  const post = kem.ephemeral();
  const classical = curve.ephemeral();
  return {
    init: concat(post.publicKey, classical.publicKey),
    finish: (reply) => {
      const [ciphertext, point] = split(name, reply, kem.ciphertextLength, curve.publicKeyLength);
      return combine(hash, post.decapsulate(ciphertext), agree(classical, point));
    },
  };
}

/** The server sends a ciphertext and its own public key. */
function answer({ name, kem, curve, hash }: Parts, init: Uint8Array): KexAnswer {
  const [publicKey, point] = split(name, init, kem.publicKeyLength, curve.publicKeyLength);
  const { ciphertext, sharedSecret } = encapsulate(kem, publicKey);
  const classical = curve.ephemeral();
  const secret = combine(hash, sharedSecret, agree(classical, point));
  return { reply: concat(ciphertext, classical.publicKey), secret };
}

/** K is a string, not an mpint. */
function combine(hash: Parts['hash'], post: Uint8Array, classical: Uint8Array): Uint8Array {
  const both = concat(post, classical);
  const secret = asString(hash(both));
  wipe(both, post, classical);
  return secret;
}

function encapsulate(kem: Kem, publicKey: Uint8Array): ReturnType<Kem['encapsulate']> {
  try {
    return kem.encapsulate(publicKey);
  } catch (cause) {
    throw asKexError(cause);
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
