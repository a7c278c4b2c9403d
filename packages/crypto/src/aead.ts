/** Authenticated encryption with associated data (RFC 5116). Wrong lengths of key and nonce are a RangeError. */
export interface Aead {
  readonly name: string;
  /** Lengths in bytes. */
  readonly keyLength: number;
  readonly nonceLength: number;
  readonly tagLength: number;
  /** The ciphertext with its tag behind. A nonce must never be used twice with one key. */
  seal(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): Uint8Array;
  /** The plaintext, or DecryptError if anything of it is not what was sealed. */
  open(key: Uint8Array, nonce: Uint8Array, ciphertext: Uint8Array, associatedData: Uint8Array): Uint8Array;
}

/** A ciphertext does not open. It does not say why: key, nonce, associated data or ciphertext is another. */
export class DecryptError extends Error {
  override readonly name = 'DecryptError';

  constructor() {
    super('Cannot decrypt: the ciphertext is not authentic');
  }
}
