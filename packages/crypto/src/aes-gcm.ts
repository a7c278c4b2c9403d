import { native } from '#native';

import { concat } from '@orrery/bytes';

import { type Aead, DecryptError } from './aead.ts';
import { checkLength } from './length.ts';

const KEY_LENGTH = 32;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/** AES-256-GCM (NIST SP 800-38D) with a 96-bit nonce. At most 2^32 random nonces with one key. */
export const aes256Gcm: Aead = {
  name: 'AES-256-GCM',
  keyLength: KEY_LENGTH,
  nonceLength: NONCE_LENGTH,
  tagLength: TAG_LENGTH,
  seal: (key, nonce, plaintext, associatedData) => {
    checkKeyAndNonce(key, nonce);
    const { ciphertext, tag } = native.aesGcm(key).seal(nonce)(plaintext, associatedData);
    return concat(ciphertext, tag);
  },
  open: (key, nonce, ciphertext, associatedData) => {
    checkKeyAndNonce(key, nonce);
    if (ciphertext.length < TAG_LENGTH) throw new DecryptError();
    const sealed = {
      ciphertext: ciphertext.subarray(0, -TAG_LENGTH),
      tag: ciphertext.subarray(-TAG_LENGTH),
    };
    const plaintext = native.aesGcm(key).open(nonce)(sealed, associatedData);
    if (plaintext === undefined) throw new DecryptError();
    return plaintext;
  },
};

function checkKeyAndNonce(key: Uint8Array, nonce: Uint8Array): void {
  checkLength('AES-256-GCM key', key, KEY_LENGTH);
  checkLength('AES-256-GCM nonce', nonce, NONCE_LENGTH);
}
