// Ciphers under keys that are imported once, for protocols of many small messages.
import { native } from '#native';

import type { Sealed } from './native.ts';
import { checkLength } from './length.ts';

export type { Sealed } from './native.ts';

const GCM_NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const CHACHA_KEY_LENGTH = 32;
const CHACHA_NONCE_LENGTH = 8;

export interface AeadKey {
  /** The tag has 16 bytes. */
  seal(nonce: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): Sealed;
  /** The plaintext, or undefined if the tag does not match. */
  open(nonce: Uint8Array, sealed: Sealed, associatedData: Uint8Array): Uint8Array | undefined;
}

/**
 * A key of AES-GCM (NIST SP 800-38D), of 16 or 32 bytes; nonces have 12.
 * @throws {RangeError} for a key or nonce of another length.
 */
export function importAesGcmKey(key: Uint8Array): AeadKey {
  if (key.length !== 16) checkLength('AES-GCM key', key, 32);
  const imported = native.aesGcm(key);
  return {
    seal: (nonce, plaintext, associatedData) => {
      checkLength('AES-GCM nonce', nonce, GCM_NONCE_LENGTH);
      return imported.seal(nonce, plaintext, associatedData);
    },
    open: (nonce, sealed, associatedData) => {
      checkLength('AES-GCM nonce', nonce, GCM_NONCE_LENGTH);
      return sealed.tag.length === TAG_LENGTH ? imported.open(nonce, sealed, associatedData) : undefined;
    },
  };
}

/** XORs bytes with the key stream that begins at a block of 64 bytes. */
export type KeyStream = (nonce: Uint8Array, block: number, bytes: Uint8Array) => Uint8Array;

/**
 * A key of ChaCha20 in its first form, with a nonce of 8 bytes and a counter of 64 bits (D. J. Bernstein, "ChaCha, a
 * variant of Salsa20"). It authenticates nothing.
 * @throws {RangeError} for a key of other than 32 bytes.
 */
export function importChaCha20Key(key: Uint8Array): KeyStream {
  checkLength('ChaCha20 key', key, CHACHA_KEY_LENGTH);
  const stream = native.chacha20(key);
  return (nonce, block, bytes) => {
    checkLength('ChaCha20 nonce', nonce, CHACHA_NONCE_LENGTH);
    const start = new Uint8Array(16);
    start[0] = block;
    start.set(nonce, 8);
    return stream(start, bytes);
  };
}

/** Poly1305 (RFC 8439, section 2.5), 16 bytes. A key of 32 bytes serves for one message only. */
export function poly1305(key: Uint8Array, message: Uint8Array): Uint8Array {
  checkLength('Poly1305 key', key, CHACHA_KEY_LENGTH);
  return native.poly1305(key, message);
}
