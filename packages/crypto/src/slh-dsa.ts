import { native } from '#native';

import type { SlhDsaSet } from './native.ts';
import { type SignatureAlgorithm, signatureAlgorithm } from './signature.ts';

export type { SlhDsaSet } from './native.ts';

/** The security parameter n and the length of a signature, in bytes (FIPS 205, section 11, table 2). */
const sizes: Readonly<Record<SlhDsaSet, readonly [n: number, signatureLength: number]>> = {
  'sha2-128s': [16, 7856],
  'sha2-128f': [16, 17_088],
  'sha2-256s': [32, 29_792],
  'sha2-256f': [32, 49_856],
  'shake-128s': [16, 7856],
  'shake-128f': [16, 17_088],
  'shake-256s': [32, 29_792],
  'shake-256f': [32, 49_856],
};

/** The sets, of which those that end in f sign faster and those in s have smaller signatures. */
export const slhDsaSets: readonly SlhDsaSet[] = [
  'sha2-128s',
  'sha2-128f',
  'sha2-256s',
  'sha2-256f',
  'shake-128s',
  'shake-128f',
  'shake-256s',
  'shake-256f',
];

/**
 * SLH-DSA (FIPS 205), pure; signing is hedged. To sign takes up to a second, in Node.js in another thread. The secret key
 * is that of the standard, of which the second half is the public key: whether that half belongs to the first is not
 * checked, since it takes as long as a new key.
 */
export function slhDsa(set: SlhDsaSet, context: Uint8Array = new Uint8Array()): SignatureAlgorithm {
  const [n, signatureLength] = sizes[set];
  return signatureAlgorithm({
    name: `SLH-DSA-${set.replace('shake', 'SHAKE').replace('sha2', 'SHA2')}`,
    secretKeyLength: 4 * n,
    publicKeyLength: 2 * n,
    signatureLength,
    ...native.slhDsa(set, context),
  });
}
