import { concat, utf8 } from '@orrery/bytes';

import { ed25519 } from './ed25519.ts';
import { sha512 } from './hash.ts';
import { mlDsa44With } from './ml-dsa.ts';
import { randomBytes } from './secret.ts';
import { type SignatureAlgorithm, signatureAlgorithm } from './signature.ts';

const LABEL = utf8('COMPSIG-MLDSA44-Ed25519-SHA512');
/** The prefix of every composite, the label of this one, and the length of its context, which is empty. */
const PREFIX = concat(utf8('CompositeAlgorithmSignatures2025'), LABEL, Uint8Array.of(0));
const postQuantum = mlDsa44With(LABEL);
const classical = ed25519;

/**
 * ML-DSA-44 with Ed25519 (draft-ietf-lamps-pq-composite-sigs, MLDSA44-Ed25519-SHA512): both signatures must be valid, so
 * it is secure as long as one of them is. Of secret keys (two seeds), public keys and signatures, the first part is that
 * of ML-DSA.
 */
export const mlDsa44Ed25519: SignatureAlgorithm = signatureAlgorithm({
  name: 'ML-DSA-44-Ed25519-SHA512',
  secretKeyLength: postQuantum.secretKeyLength + classical.secretKeyLength,
  publicKeyLength: postQuantum.publicKeyLength + classical.publicKeyLength,
  signatureLength: postQuantum.signatureLength + classical.signatureLength,
  generateSecretKey: () => randomBytes(postQuantum.secretKeyLength + classical.secretKeyLength),
  importSecretKey: (secretKey) => {
    const first = postQuantum.signer(secretKey.subarray(0, postQuantum.secretKeyLength));
    const second = classical.signer(secretKey.subarray(postQuantum.secretKeyLength));
    return {
      publicKey: concat(first.publicKey, second.publicKey),
      sign: async (message) => {
        const input = representative(message);
        return concat(await first.sign(input), await second.sign(input));
      },
    };
  },
  importPublicKey: (publicKey) => {
    const first = postQuantum.verifier(publicKey.subarray(0, postQuantum.publicKeyLength));
    const second = classical.verifier(publicKey.subarray(postQuantum.publicKeyLength));
    return (message, signature) => {
      const input = representative(message);
      return (
        first.verify(input, signature.subarray(0, postQuantum.signatureLength)) &&
        second.verify(input, signature.subarray(postQuantum.signatureLength))
      );
    };
  },
});

/** Section 2.2: what both algorithms sign. */
function representative(message: Uint8Array): Uint8Array {
  return concat(PREFIX, sha512(message));
}
