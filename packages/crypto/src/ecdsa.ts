import { native } from '#native';

import { POINT_LENGTH, SCALAR_LENGTH, checkPoint, checkScalar, randomScalar } from './p256.ts';
import { type SignatureAlgorithm, signatureAlgorithm } from './signature.ts';

/**
 * ECDSA (FIPS 186-5) with P-256 and SHA-256. The secret key is a 32-byte scalar, the public key an uncompressed point,
 * the signature r || s. For each signature (r, s), also (r, N - s) is valid: a signature is no identity of what it signs.
 */
export const ecdsaP256: SignatureAlgorithm = signatureAlgorithm({
  name: 'ECDSA-P256-SHA256',
  secretKeyLength: SCALAR_LENGTH,
  publicKeyLength: POINT_LENGTH,
  signatureLength: 64,
  generateSecretKey: randomScalar,
  importSecretKey: (secretKey) => {
    checkScalar(secretKey);
    return native.ecdsaP256.importSecretKey(secretKey);
  },
  importPublicKey: (publicKey) => {
    checkPoint(publicKey);
    return native.ecdsaP256.importPublicKey(publicKey);
  },
});
