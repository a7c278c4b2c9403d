import { native } from '#native';

import { randomBytes } from './secret.ts';
import { type SignatureAlgorithm, signatureAlgorithm } from './signature.ts';

/** The seed xi from which FIPS 204, algorithm 1, makes both keys. */
const SEED_LENGTH = 32;

/** ML-DSA-65 (FIPS 204), pure, with the empty context; signing is hedged. The secret key is the 32-byte seed. */
export const mlDsa65: SignatureAlgorithm = signatureAlgorithm({
  name: 'ML-DSA-65',
  secretKeyLength: SEED_LENGTH,
  publicKeyLength: 1952,
  signatureLength: 3309,
  generateSecretKey: () => randomBytes(SEED_LENGTH),
  ...native.mlDsa65,
});
