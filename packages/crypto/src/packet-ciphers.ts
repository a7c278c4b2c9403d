// Ciphers under keys that are imported once, for protocols of many small messages.
import { native } from '#native';

import type { Sealed } from './native.ts';
import { checkLength } from './length.ts';

export type { Sealed } from './native.ts';

const GCM_NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const COUNTER_LENGTH = 16;
const CHACHA_KEY_LENGTH = 32;
const CHACHA_NONCE_LENGTH = 8;

/** What takes a nonce needs no more but the message, once: half of the work is done before there is one. */
export interface AeadKey {
  /** The tag has 16 bytes. */
  seal(nonce: Uint8Array): (plaintext: Uint8Array, associatedData: Uint8Array) => Sealed;
  /** The plaintext, or undefined if the tag does not match. */
  open(nonce: Uint8Array): (sealed: Sealed, associatedData: Uint8Array) => Uint8Array | undefined;
}

/**
 * A key of AES-GCM (NIST SP 800-38D), of 16 or 32 bytes; nonces have 12.
 * @throws {RangeError} for a key or nonce of another length.
 */
export function importAesGcmKey(key: Uint8Array): AeadKey {
  if (key.length !== 16) checkLength('AES-GCM key', key, 32);
  const imported = native.aesGcm(key);
  return {
    seal: (nonce) => {
      checkLength('AES-GCM nonce', nonce, GCM_NONCE_LENGTH);
      return imported.seal(nonce);
    },
    open: (nonce) => {
      checkLength('AES-GCM nonce', nonce, GCM_NONCE_LENGTH);
      const open = imported.open(nonce);
      return (sealed, associatedData) =>
        sealed.tag.length === TAG_LENGTH ? open(sealed, associatedData) : undefined;
    },
  };
}

/** XORs bytes with a key stream, each call from where the one before stopped. */
export type StreamCipher = (bytes: Uint8Array) => Uint8Array;

/**
 * AES in counter mode (NIST SP 800-38A, section 6.5) from a first counter block of 16 bytes on, with a key of 16, 24 or
 * 32 bytes. It authenticates nothing.
 * @throws {RangeError} for a key or counter of another length.
 */
export function importAesCtrKey(key: Uint8Array, counter: Uint8Array): StreamCipher {
  if (key.length !== 16 && key.length !== 24) checkLength('AES-CTR key', key, 32);
  checkLength('AES-CTR counter', counter, COUNTER_LENGTH);
  return native.aesCtr(key, counter);
}

/** The tag of a message that comes in parts. Compare with `equalSecret`. */
export type Mac = (...parts: readonly Uint8Array[]) => Uint8Array;

/** A key of HMAC-SHA-256 (RFC 2104), of any length; tags have 32 bytes. */
export function importHmacSha256Key(key: Uint8Array): Mac {
  return native.hmac('sha256', key);
}

/** A key of HMAC-SHA-512 (RFC 2104), of any length; tags have 64 bytes. */
export function importHmacSha512Key(key: Uint8Array): Mac {
  return native.hmac('sha512', key);
}

/** Begins a key stream at a block of 64 bytes. Each call but the last has to take whole blocks. */
export type KeyStream = (nonce: Uint8Array, block: number) => StreamCipher;

/**
 * A key of ChaCha20 in its first form, with a nonce of 8 bytes and a counter of 64 bits (D. J. Bernstein, "ChaCha, a
 * variant of Salsa20"). It authenticates nothing.
 * @throws {RangeError} for a key of other than 32 bytes.
 */
export function importChaCha20Key(key: Uint8Array): KeyStream {
  checkLength('ChaCha20 key', key, CHACHA_KEY_LENGTH);
  const stream = native.chacha20(key);
  return (nonce, block) => {
    checkLength('ChaCha20 nonce', nonce, CHACHA_NONCE_LENGTH);
    const start = new Uint8Array(16);
    start[0] = block;
    start.set(nonce, 8);
    return stream(start);
  };
}

/**
 * Poly1305 (RFC 8439, section 2.5), 16 bytes, of a message in parts. A key of 32 bytes serves for one message only, and so
 * does what is returned.
 * @throws {RangeError} for a key of another length.
 */
export function importPoly1305Key(key: Uint8Array): Mac {
  checkLength('Poly1305 key', key, CHACHA_KEY_LENGTH);
  const mac = native.poly1305(key);
  return (...parts) => mac(parts);
}
