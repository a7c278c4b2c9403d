import { native } from '#native';

import { type Kem, kem } from './kem.ts';
import { randomBytes } from './secret.ts';

/** The seed d || z from which FIPS 203, algorithm 16, makes both keys. */
const SEED_LENGTH = 64;
/** Coefficients are integers modulo Q, packed as 12 bits each. */
const Q = 3329;
/** Three polynomials of 256 coefficients; the seed of the matrix follows. */
const COEFFICIENTS_LENGTH = (3 * 256 * 12) / 8;

/** ML-KEM-768 (FIPS 203). The secret key is the 64-byte seed. Here it serves only as a part of X-Wing. */
export const mlKem768: Kem = kem({
  name: 'ML-KEM-768',
  secretKeyLength: SEED_LENGTH,
  publicKeyLength: 1184,
  ciphertextLength: 1088,
  sharedSecretLength: 32,
  generateSecretKey: () => randomBytes(SEED_LENGTH),
  publicKey: native.mlKem768.publicKey,
  encapsulate: (publicKey) => {
    checkModulus(publicKey);
    return native.mlKem768.encapsulate(publicKey);
  },
  decapsulate: native.mlKem768.decapsulate,
});

/** FIPS 203, section 7.2: every coefficient is reduced modulo Q. */
function checkModulus(publicKey: Uint8Array): void {
  for (let index = 0; index < COEFFICIENTS_LENGTH; index += 3) {
    const [low = 0, middle = 0, high = 0] = publicKey.subarray(index, index + 3);
    if ((low | ((middle & 0x0f) << 8)) >= Q || ((middle >> 4) | (high << 4)) >= Q) {
      throw new RangeError('Cannot use ML-KEM-768 public key: found a coefficient above the modulus');
    }
  }
}
