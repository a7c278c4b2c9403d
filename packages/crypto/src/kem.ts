import { checkLength } from './length.ts';
import type { KeyPair } from './signature.ts';

/** What `encapsulate` gives: the ciphertext for the owner of the key, and the secret that both then share. */
export interface Encapsulation {
  readonly ciphertext: Uint8Array;
  readonly sharedSecret: Uint8Array;
}

/** Key encapsulation mechanism. Keys and ciphertexts of the wrong length, and invalid points, are a RangeError. */
export interface Kem {
  readonly name: string;
  /** Lengths in bytes. */
  readonly secretKeyLength: number;
  readonly publicKeyLength: number;
  readonly ciphertextLength: number;
  readonly sharedSecretLength: number;
  generate(): KeyPair;
  publicKey(secretKey: Uint8Array): Uint8Array;
  encapsulate(publicKey: Uint8Array): Encapsulation;
  /** A ciphertext for another key gives another shared secret, not an error: what is encrypted with it will not open. */
  decapsulate(secretKey: Uint8Array, ciphertext: Uint8Array): Uint8Array;
}

interface Definition extends Omit<Kem, 'generate'> {
  readonly generateSecretKey: () => Uint8Array;
}

/** A mechanism with its lengths checked once, for all of its functions. */
export function kem({ generateSecretKey, ...definition }: Definition): Kem {
  const { name, secretKeyLength, publicKeyLength, ciphertextLength } = definition;
  return {
    ...definition,
    generate: () => {
      const secretKey = generateSecretKey();
      return { secretKey, publicKey: definition.publicKey(secretKey) };
    },
    publicKey: (secretKey) => {
      checkLength(`${name} secret key`, secretKey, secretKeyLength);
      return definition.publicKey(secretKey);
    },
    encapsulate: (publicKey) => {
      checkLength(`${name} public key`, publicKey, publicKeyLength);
      return definition.encapsulate(publicKey);
    },
    decapsulate: (secretKey, ciphertext) => {
      checkLength(`${name} secret key`, secretKey, secretKeyLength);
      checkLength(`${name} ciphertext`, ciphertext, ciphertextLength);
      return definition.decapsulate(secretKey, ciphertext);
    },
  };
}
