// Ciphers of OpenSSH's private key container (PROTOCOL.key), each with one key for one message.
import {
  type Sealed,
  equalSecret,
  importAesCtrKey,
  importAesGcmKey,
  importChaCha20Key,
  importPoly1305Key,
  insecureAesCbcDecrypt,
} from '@orrery/crypto';

export interface ContainerCipher {
  /** Lengths in bytes. */
  readonly keyLength: number;
  readonly ivLength: number;
  /** What the padding of the plaintext rounds up to. */
  readonly blockLength: number;
  /** Of what follows the ciphertext. */
  readonly tagLength: number;
  /** The plaintext, or undefined if the tag does not match. The ciphertext is made of whole blocks. */
  readonly decrypt: (keys: CipherKeys, ciphertext: Uint8Array, tag: Uint8Array) => Uint8Array | undefined;
  /** Of those that are written. The plaintext is made of whole blocks. */
  readonly encrypt?: (keys: CipherKeys, plaintext: Uint8Array) => Sealed;
}

interface CipherKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

const AES_BLOCK = 16;
const NO_BYTES = new Uint8Array();

export const containerCiphers: ReadonlyMap<string, ContainerCipher> = new Map([
  ['aes256-ctr', aesCtr(32)],
  ['aes192-ctr', aesCtr(24)],
  ['aes128-ctr', aesCtr(16)],
  ['aes256-cbc', aesCbc(32)],
  ['aes192-cbc', aesCbc(24)],
  ['aes128-cbc', aesCbc(16)],
  ['aes256-gcm@openssh.com', aesGcm(32)],
  ['aes128-gcm@openssh.com', aesGcm(16)],
  ['chacha20-poly1305@openssh.com', chacha20Poly1305()],
]);

function aesCtr(keyLength: number): ContainerCipher {
  return {
    keyLength,
    ivLength: AES_BLOCK,
    blockLength: AES_BLOCK,
    tagLength: 0,
    decrypt: ({ key, iv }, ciphertext) => importAesCtrKey(key, iv)(ciphertext),
    encrypt: ({ key, iv }, plaintext) => ({
      ciphertext: importAesCtrKey(key, iv)(plaintext),
      tag: NO_BYTES,
    }),
  };
}

function aesCbc(keyLength: number): ContainerCipher {
  return {
    keyLength,
    ivLength: AES_BLOCK,
    blockLength: AES_BLOCK,
    tagLength: 0,
    decrypt: ({ key, iv }, ciphertext) => insecureAesCbcDecrypt(key, iv, ciphertext),
  };
}

function aesGcm(keyLength: number): ContainerCipher {
  return {
    keyLength,
    ivLength: 12,
    blockLength: AES_BLOCK,
    tagLength: 16,
    decrypt: ({ key, iv }, ciphertext, tag) => importAesGcmKey(key).open(iv)({ ciphertext, tag }, NO_BYTES),
    encrypt: ({ key, iv }, plaintext) => importAesGcmKey(key).seal(iv)(plaintext, NO_BYTES),
  };
}

/** PROTOCOL.chacha20poly1305 as for a packet with number 0 and no length: of the two keys, only the first is used. */
function chacha20Poly1305(): ContainerCipher {
  const nonce = new Uint8Array(8);
  return {
    keyLength: 64,
    ivLength: 0,
    blockLength: 8,
    tagLength: 16,
    decrypt: ({ key }, ciphertext, tag) => {
      const stream = importChaCha20Key(key.subarray(0, 32));
      const oneTimeKey = stream(nonce, 0)(new Uint8Array(32));
      return equalSecret(importPoly1305Key(oneTimeKey)(ciphertext), tag)
        ? stream(nonce, 1)(ciphertext)
        : undefined;
    },
  };
}
