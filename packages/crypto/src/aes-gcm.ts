import { native } from '#native';

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
    return native.aes256Gcm.seal(key, nonce, plaintext, associatedData);
  },
  open: (key, nonce, ciphertext, associatedData) => {
    checkKeyAndNonce(key, nonce);
    if (ciphertext.length < TAG_LENGTH) throw new DecryptError();
    const plaintext = native.aes256Gcm.open(key, nonce, ciphertext, associatedData);
    if (plaintext === undefined) throw new DecryptError();
    return plaintext;
  },
};

function checkKeyAndNonce(key: Uint8Array, nonce: Uint8Array): void {
  checkLength('AES-256-GCM key', key, KEY_LENGTH);
  checkLength('AES-256-GCM nonce', nonce, NONCE_LENGTH);
}
