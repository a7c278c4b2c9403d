import { native } from '#native';

import { type Kem, kem } from './kem.ts';
import type { NativeKem } from './native.ts';
import { randomBytes } from './secret.ts';

/** The seed d || z from which FIPS 203, algorithm 16, makes both keys. */
const SEED_LENGTH = 64;
/** Coefficients are integers modulo Q, packed as 12 bits each. */
const Q = 3329;

/** ML-KEM-768 (FIPS 203). The secret key is the 64-byte seed. It is made to be one part of a hybrid. */
export const mlKem768: Kem = mlKem('ML-KEM-768', native.mlKem768, 3, 1088);
/** ML-KEM-1024 (FIPS 203), the same with larger parameters. */
export const mlKem1024: Kem = mlKem('ML-KEM-1024', native.mlKem1024, 4, 1568);

/** @param k Number of polynomials of 256 coefficients in the public key; the seed of the matrix follows them. */
function mlKem(name: string, platform: NativeKem, k: number, ciphertextLength: number): Kem {
  const coefficientsLength = (k * 256 * 12) / 8;
  return kem({
    name,
    secretKeyLength: SEED_LENGTH,
    publicKeyLength: coefficientsLength + 32,
    ciphertextLength,
    sharedSecretLength: 32,
    generateSecretKey: () => randomBytes(SEED_LENGTH),
    importSecretKey: platform.importSecretKey,
    publicKey: (secretKey) => platform.importSecretKey(secretKey).publicKey(),
    encapsulate: (publicKey) => {
      checkModulus(name, publicKey.subarray(0, coefficientsLength));
      return platform.encapsulate(publicKey);
    },
    decapsulate: (secretKey, ciphertext) => platform.importSecretKey(secretKey).decapsulate(ciphertext),
  });
}

/** FIPS 203, section 7.2: every coefficient is reduced modulo Q. */
function checkModulus(name: string, coefficients: Uint8Array): void {
  for (let index = 0; index < coefficients.length; index += 3) {
    const [low = 0, middle = 0, high = 0] = coefficients.subarray(index, index + 3);
    if ((low | ((middle & 0x0f) << 8)) >= Q || ((middle >> 4) | (high << 4)) >= Q) {
      throw new RangeError(`Cannot use ${name} public key: found a coefficient above the modulus`);
    }
  }
}
