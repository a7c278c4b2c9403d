import { native } from '#native';

import type { NativeSignature } from './native.ts';
import { randomBytes } from './secret.ts';
import { type SignatureAlgorithm, signatureAlgorithm } from './signature.ts';

/** The seed xi from which FIPS 204, algorithm 1, makes both keys. */
const SEED_LENGTH = 32;
/** Its length has to fit into one byte (FIPS 204, algorithm 2). */
const MAX_CONTEXT = 255;

/** ML-DSA-44 with one context of at most 255 bytes. It is made to be part of a composite. */
export function mlDsa44With(context: Uint8Array): SignatureAlgorithm {
  if (context.length > MAX_CONTEXT) {
    throw new RangeError(
      `Cannot use ML-DSA-44 context: found ${context.length} bytes, at most ${MAX_CONTEXT} expected`,
    );
  }
  return mlDsa('ML-DSA-44', 1312, 2420, native.mlDsa44(context));
}

/** ML-DSA (FIPS 204), pure, with the empty context; signing is hedged. The secret key is the 32-byte seed. */
export const mlDsa44: SignatureAlgorithm = mlDsa44With(new Uint8Array());
export const mlDsa65: SignatureAlgorithm = mlDsa('ML-DSA-65', 1952, 3309, native.mlDsa65);
export const mlDsa87: SignatureAlgorithm = mlDsa('ML-DSA-87', 2592, 4627, native.mlDsa87);

function mlDsa(
  name: string,
  publicKeyLength: number,
  signatureLength: number,
  primitive: NativeSignature,
): SignatureAlgorithm {
  return signatureAlgorithm({
    name,
    secretKeyLength: SEED_LENGTH,
    publicKeyLength,
    signatureLength,
    generateSecretKey: () => randomBytes(SEED_LENGTH),
    ...primitive,
  });
}
