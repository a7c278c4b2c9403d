import { concat } from '@orrery/bytes';

import { sha3_256, shake256 } from './hash.ts';
import { type Kem, kem } from './kem.ts';
import { mlKem768 } from './ml-kem.ts';
import { randomBytes, wipe } from './secret.ts';
import { x25519, x25519PublicKey } from './x25519.ts';

const SEED_LENGTH = 32;
const X_LENGTH = 32;
/** The label of the combiner, an X-wing fighter: \.//^\ */
const LABEL = Uint8Array.fromHex('5c2e2f2f5e5c');

/**
 * X-Wing (draft-connolly-cfrg-xwing-kem): ML-KEM-768 with X25519, secure as long as one of them is. The secret key is
 * the 32-byte seed. As in the draft, names end in M for the part of ML-KEM and in X for the part of X25519.
 */
export const xWing: Kem = kem({
  name: 'X-Wing',
  secretKeyLength: SEED_LENGTH,
  publicKeyLength: mlKem768.publicKeyLength + X_LENGTH,
  ciphertextLength: mlKem768.ciphertextLength + X_LENGTH,
  sharedSecretLength: 32,
  generateSecretKey: () => randomBytes(SEED_LENGTH),

  publicKey: (secretKey) => {
    const { secretM, secretX } = expand(secretKey);
    const publicKey = concat(mlKem768.publicKey(secretM), x25519PublicKey(secretX));
    wipe(secretM, secretX);
    return publicKey;
  },

  encapsulate: (publicKey) => {
    const publicX = publicKey.subarray(mlKem768.publicKeyLength);
    const partM = mlKem768.encapsulate(publicKey.subarray(0, mlKem768.publicKeyLength));
    const ephemeral = randomBytes(X_LENGTH);
    const ciphertextX = x25519PublicKey(ephemeral);
    const sharedX = x25519(ephemeral, publicX);
    const sharedSecret = combine(partM.sharedSecret, sharedX, ciphertextX, publicX);
    wipe(ephemeral, partM.sharedSecret, sharedX);
    return { ciphertext: concat(partM.ciphertext, ciphertextX), sharedSecret };
  },

  decapsulate: (secretKey, ciphertext) => {
    const { secretM, secretX } = expand(secretKey);
    const ciphertextX = ciphertext.subarray(mlKem768.ciphertextLength);
    const sharedM = mlKem768.decapsulate(secretM, ciphertext.subarray(0, mlKem768.ciphertextLength));
    const sharedX = x25519(secretX, ciphertextX);
    const sharedSecret = combine(sharedM, sharedX, ciphertextX, x25519PublicKey(secretX));
    wipe(secretM, secretX, sharedM, sharedX);
    return sharedSecret;
  },
});

/** Section 5.2, expandDecapsulationKey: the seed of ML-KEM-768 (d and z) and the secret key of X25519. */
function expand(secretKey: Uint8Array): { secretM: Uint8Array; secretX: Uint8Array } {
  const expanded = shake256(secretKey, mlKem768.secretKeyLength + X_LENGTH);
  return {
    secretM: expanded.subarray(0, mlKem768.secretKeyLength),
    secretX: expanded.subarray(mlKem768.secretKeyLength),
  };
}

/** Section 5.3, Combiner. */
function combine(
  sharedM: Uint8Array,
  sharedX: Uint8Array,
  ciphertextX: Uint8Array,
  publicX: Uint8Array,
): Uint8Array {
  const input = concat(sharedM, sharedX, ciphertextX, publicX, LABEL);
  const sharedSecret = sha3_256(input);
  wipe(input);
  return sharedSecret;
}
