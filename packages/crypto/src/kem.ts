import { checkLength } from './length.ts';
import type { NativeKem } from './native.ts';
import { wipe } from './secret.ts';
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
  /** A new key pair for one ciphertext. */
  ephemeral(): Decapsulator;
}

/** One side of one exchange. */
export interface Decapsulator {
  readonly publicKey: Uint8Array;
  /** Once: the secret key is gone afterwards. As `decapsulate` of the mechanism otherwise. */
  decapsulate(ciphertext: Uint8Array): Uint8Array;
}

interface Definition extends Omit<Kem, 'generate' | 'ephemeral'> {
  readonly generateSecretKey: () => Uint8Array;
  /** Imports a key that serves twice but once; by default it is imported each time. */
  readonly importSecretKey?: NativeKem['importSecretKey'];
}

/** A mechanism with its lengths checked once, for all of its functions. */
export function kem({ generateSecretKey, importSecretKey, ...definition }: Definition): Kem {
  const { name, secretKeyLength, publicKeyLength, ciphertextLength } = definition;
  const importKey: NativeKem['importSecretKey'] =
    importSecretKey ??
    ((secretKey) => ({
      publicKey: () => definition.publicKey(secretKey),
      decapsulate: (ciphertext) => definition.decapsulate(secretKey, ciphertext),
    }));
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
    ephemeral: () => {
      const secretKey = generateSecretKey();
      const key = importKey(secretKey);
      return {
        publicKey: key.publicKey(),
        decapsulate: (ciphertext) => {
          checkLength(`${name} ciphertext`, ciphertext, ciphertextLength);
          const sharedSecret = key.decapsulate(ciphertext);
          wipe(secretKey);
          return sharedSecret;
        },
      };
    },
  };
}
