// Keys as they are without their certificates.
import { equal, FormatError } from '@orrery/bytes';
import { parsePublicKeyBlob, signatureNameOf, verifySignature } from '@orrery/keys';
import { noRestrictions, type KeyRestrictions } from '@orrery/sshfiles';

/** The key in a certificate signs as if it had none. A security key has to do what its restrictions demand. */
export function isSignedBy(
  shown: Uint8Array,
  algorithm: string,
  message: Uint8Array,
  signature: Uint8Array,
  { touchRequired: touch, verifyRequired: verification }: KeyRestrictions = noRestrictions,
): boolean {
  const policy = { touch, verification };
  return verifySignature(plainKey(shown), signatureNameOf(algorithm), message, signature, policy);
}

/** A key is no other one for its certificate. */
export function isSameKey(one: Uint8Array, other: Uint8Array): boolean {
  return equal(plainKey(one), plainKey(other));
}

/** As it came if it is no key at all. */
function plainKey(blob: Uint8Array): Uint8Array {
  try {
    return parsePublicKeyBlob(blob).certifiedKey ?? blob;
  } catch (error) {
    if (error instanceof FormatError) return blob;
    throw error;
  }
}
