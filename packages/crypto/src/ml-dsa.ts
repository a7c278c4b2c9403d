import { native } from '#native';

import { randomBytes } from './secret.ts';
import { type SignatureAlgorithm, signatureAlgorithm } from './signature.ts';

/** The seed xi from which FIPS 204, algorithm 1, makes both keys. */
const SEED_LENGTH = 32;
/** Its length has to fit into one byte (FIPS 204, algorithm 2). */
const MAX_CONTEXT = 255;

/** ML-DSA-65 (FIPS 204), pure, with the empty context; signing is hedged. The secret key is the 32-byte seed. */
export const mlDsa65: SignatureAlgorithm = signatureAlgorithm({
  name: 'ML-DSA-65',
  secretKeyLength: SEED_LENGTH,
  publicKeyLength: 1952,
  signatureLength: 3309,
  generateSecretKey: () => randomBytes(SEED_LENGTH),
  ...native.mlDsa65,
});

/** ML-DSA-44, the same with smaller parameters and one context of at most 255 bytes. It is made to be part of a composite. */
export function mlDsa44(context: Uint8Array): SignatureAlgorithm {
  if (context.length > MAX_CONTEXT) {
    throw new RangeError(
      `Cannot use ML-DSA-44 context: found ${context.length} bytes, at most ${MAX_CONTEXT} expected`,
    );
  }
  return signatureAlgorithm({
    name: 'ML-DSA-44',
    secretKeyLength: SEED_LENGTH,
    publicKeyLength: 1312,
    signatureLength: 2420,
    generateSecretKey: () => randomBytes(SEED_LENGTH),
    ...native.mlDsa44(context),
  });
}
