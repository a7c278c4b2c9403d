// AES in CBC mode (NIST SP 800-38A, section 6.2). It authenticates nothing: only for key files that others read or wrote.
import { native } from '#native';

import { checkLength } from './length.ts';

const BLOCK_LENGTH = 16;

/**
 * Decrypts by the length of the key: 16, 24 or 32 bytes. The padding stays where it is.
 *
 * @throws {RangeError} the ciphertext is not made of whole blocks, or the key or initialisation vector has another length
 */
export function insecureAesCbcDecrypt(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  checkLengths('decrypt', key, iv, ciphertext);
  return native.aesCbcDecrypt(key, iv, ciphertext);
}

/** The inverse, of a plaintext that is padded to whole blocks. @throws {RangeError} as above */
export function insecureAesCbcEncrypt(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Uint8Array {
  checkLengths('encrypt', key, iv, plaintext);
  return native.aesCbcEncrypt(key, iv, plaintext);
}

function checkLengths(action: string, key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): void {
  if (key.length !== 16 && key.length !== 24) checkLength('AES-CBC key', key, 32);
  checkLength('AES-CBC initialisation vector', iv, BLOCK_LENGTH);
  if (bytes.length % BLOCK_LENGTH !== 0) {
    throw new RangeError(`Cannot ${action} AES-CBC: found ${bytes.length} bytes, whole blocks expected`);
  }
}
