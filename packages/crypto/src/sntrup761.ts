import { type Kem, kem } from './kem.ts';

/** The secret key holds the public key behind the two polynomials f and 1/g. */
const PUBLIC_KEY_OFFSET = 382;
const PUBLIC_KEY_LENGTH = 1158;

/**
 * Streamlined NTRU Prime 761 (RFC 9941, section 2), for peers that have nothing newer. It runs in WebAssembly, which
 * is loaded by the first call. Its secret keys are no seeds, and a key pair takes about 15 ms.
 */
export async function loadSntrup761(): Promise<Kem> {
  const { createSntrup761 } = await import('@oqs/liboqs-js/kem');
  const library = await createSntrup761();
  return kem({
    name: 'sntrup761',
    secretKeyLength: 1763,
    publicKeyLength: PUBLIC_KEY_LENGTH,
    ciphertextLength: 1039,
    sharedSecretLength: 32,
    generateSecretKey: () => library.generateKeyPair().secretKey,
    publicKey: (secretKey) => secretKey.slice(PUBLIC_KEY_OFFSET, PUBLIC_KEY_OFFSET + PUBLIC_KEY_LENGTH),
    encapsulate: (publicKey) => library.encapsulate(publicKey),
    decapsulate: (secretKey, ciphertext) => library.decapsulate(ciphertext, secretKey),
  });
}
