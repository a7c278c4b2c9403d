import { concat, utf8 } from '@orrery/bytes';

import { ecdhP256 } from './ecdh.ts';
import { hkdfSha256 } from './hkdf.ts';
import { type Kem, kem } from './kem.ts';
import { p256, randomScalar } from './nist-curve.ts';
import { wipe } from './secret.ts';

const SHARED_SECRET_LENGTH = 32;
/** "HPKE-v1" and suite_id = "KEM" with the number of this mechanism (RFC 9180, sections 4 and 4.1). */
const PREFIX = concat(utf8('HPKE-v1KEM'), Uint8Array.of(0x00, 0x10));
const NO_SALT = new Uint8Array();

/**
 * DHKEM(P-256, HKDF-SHA256) of RFC 9180, section 4.1. The secret key is a 32-byte scalar, public key and ciphertext are
 * uncompressed points.
 */
export const dhKemP256: Kem = kem({
  name: 'DHKEM(P-256, HKDF-SHA256)',
  secretKeyLength: p256.scalarLength,
  publicKeyLength: p256.pointLength,
  ciphertextLength: p256.pointLength,
  sharedSecretLength: SHARED_SECRET_LENGTH,
  generateSecretKey: () => randomScalar(p256),

  publicKey: (secretKey) => ecdhP256.publicKey(secretKey),

  encapsulate: (publicKey) => {
    const ephemeral = randomScalar(p256);
    const ciphertext = ecdhP256.publicKey(ephemeral);
    const sharedSecret = extractAndExpand(ecdhP256.sharedSecret(ephemeral, publicKey), ciphertext, publicKey);
    wipe(ephemeral);
    return { ciphertext, sharedSecret };
  },

  decapsulate: (secretKey, ciphertext) =>
    extractAndExpand(ecdhP256.sharedSecret(secretKey, ciphertext), ciphertext, ecdhP256.publicKey(secretKey)),
});

/** Section 4.1, ExtractAndExpand: LabeledExtract and LabeledExpand together are one HKDF. Wipes the DH output. */
function extractAndExpand(dh: Uint8Array, ciphertext: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const secret = concat(PREFIX, utf8('eae_prk'), dh);
  const info = concat(
    Uint8Array.of(0, SHARED_SECRET_LENGTH),
    PREFIX,
    utf8('shared_secret'),
    ciphertext,
    publicKey,
  );
  const sharedSecret = hkdfSha256(secret, NO_SALT, info, SHARED_SECRET_LENGTH);
  wipe(dh, secret);
  return sharedSecret;
}
