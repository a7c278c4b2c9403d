import type { Falcon } from '@noble/post-quantum/falcon.js';

import { type SignatureAlgorithm, signatureAlgorithm } from './signature.ts';

/** The salt of 40 bytes and the byte before it, which stand before a signature's numbers. */
const HEADER_LENGTH = 41;

/**
 * Falcon as it was submitted to NIST's third round, which is what the Open Quantum Safe project has; FN-DSA will be
 * something else. It is an experiment: signing is not constant-time in JavaScript, and takes floating point, so it serves
 * keys of people at the most, never those of hosts. Signatures are of various lengths. What it needs is loaded by the first
 * call.
 */
export async function loadFalcon(): Promise<{
  readonly falcon512: SignatureAlgorithm;
  readonly falcon1024: SignatureAlgorithm;
}> {
  const { falcon512, falcon1024 } = await import('@noble/post-quantum/falcon.js');
  return {
    falcon512: algorithm('Falcon-512', 1281, 897, 752, falcon512),
    falcon1024: algorithm('Falcon-1024', 2305, 1793, 1462, falcon1024),
  };
}

function algorithm(
  name: string,
  secretKeyLength: number,
  publicKeyLength: number,
  signatureLength: number,
  falcon: Falcon,
): SignatureAlgorithm {
  return signatureAlgorithm({
    name,
    secretKeyLength,
    publicKeyLength,
    signatureLength,
    minSignatureLength: HEADER_LENGTH,
    generateSecretKey: () => falcon.keygen().secretKey,
    importSecretKey: (secretKey) => {
      const key = secretKey.slice();
      return { publicKey: publicKeyOf(name, falcon, key), sign: (message) => falcon.sign(message, key) };
    },
    importPublicKey: (publicKey) => {
      const key = publicKey.slice();
      return (message, signature) => falcon.verify(signature, message, key);
    },
  });
}

function publicKeyOf(name: string, falcon: Falcon, secretKey: Uint8Array): Uint8Array {
  try {
    return falcon.getPublicKey(secretKey);
  } catch (cause) {
    throw new RangeError(`Cannot use ${name} secret key: it is not a valid one`, { cause });
  }
}
