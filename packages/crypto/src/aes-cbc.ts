import { native } from '#native';

import { checkLength } from './length.ts';

const BLOCK_LENGTH = 16;

/**
 * Decrypts AES in CBC mode (NIST SP 800-38A, section 6.2) by the length of the key: 16, 24 or 32 bytes. It authenticates
 * nothing and leaves the padding where it is: only for key files that others have encrypted.
 *
 * @throws {RangeError} the ciphertext is not made of whole blocks, or the key or initialisation vector has another length
 */
export function insecureAesCbcDecrypt(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  if (key.length !== 16 && key.length !== 24) checkLength('AES-CBC key', key, 32);
  checkLength('AES-CBC initialisation vector', iv, BLOCK_LENGTH);
  if (ciphertext.length % BLOCK_LENGTH !== 0) {
    throw new RangeError(`Cannot decrypt AES-CBC: found ${ciphertext.length} bytes, whole blocks expected`);
  }
  return native.aesCbcDecrypt(key, iv, ciphertext);
}
