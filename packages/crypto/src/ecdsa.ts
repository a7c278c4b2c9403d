import { native } from '#native';

import { type NistCurve, checkPoint, checkScalar, p256, p384, p521, randomScalar } from './nist-curve.ts';
import { type SignatureAlgorithm, signatureAlgorithm } from './signature.ts';

/**
 * ECDSA (FIPS 186-5) with P-256 and SHA-256. The secret key is a scalar, the public key an uncompressed point, the
 * signature r || s. For each signature (r, s), also (r, N - s) is valid: a signature is no identity of what it signs.
 */
export const ecdsaP256: SignatureAlgorithm = ecdsa(p256, 'SHA256');
/** The same with P-384 and SHA-384. */
export const ecdsaP384: SignatureAlgorithm = ecdsa(p384, 'SHA384');
/** The same with P-521 and SHA-512. */
export const ecdsaP521: SignatureAlgorithm = ecdsa(p521, 'SHA512');

function ecdsa(curve: NistCurve, hash: string): SignatureAlgorithm {
  return signatureAlgorithm({
    name: `ECDSA-${curve.name.replace('-', '')}-${hash}`,
    secretKeyLength: curve.scalarLength,
    publicKeyLength: curve.pointLength,
    signatureLength: 2 * curve.scalarLength,
    generateSecretKey: () => randomScalar(curve),
    importSecretKey: (secretKey) => {
      checkScalar(curve, secretKey);
      return native.ecdsa[curve.name].importSecretKey(secretKey);
    },
    importPublicKey: (publicKey) => {
      checkPoint(curve, publicKey);
      return native.ecdsa[curve.name].importPublicKey(publicKey);
    },
  });
}
