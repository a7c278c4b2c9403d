import { FormatError, Reader } from '@orrery/bytes';
import type { Certificate } from './certificate.ts';
import { parsePublicKeyBlob } from './public-key.ts';
import { signatureNamesOf, verifySignature } from './signature.ts';

/** Longest name of an algorithm, in bytes (RFC 4251, section 6). */
const MAX_NAME = 64;

/**
 * Whether the CA that the certificate names signed it, with one of these algorithms. Whether that CA is trusted is another
 * question. A CA in a security key need not have been touched, as in OpenSSH.
 * @param algorithms Names of signatures, such as CASignatureAlgorithms has.
 */
export function verifyCertificate(certificate: Certificate, algorithms: readonly string[]): boolean {
  const { caKey, signed, signature } = certificate;
  const algorithm = signatureName(signature);
  if (algorithm === undefined || !algorithms.includes(algorithm)) return false;
  return verifySignature(caKey, algorithm, signed, signature, { touch: false, verification: false });
}

/** All that the CA's key can make: for where a CA is trusted by its key, and nobody says which. */
export function caAlgorithmsOf({ caKey }: Certificate): readonly string[] {
  return signatureNamesOf(parsePublicKeyBlob(caKey).type);
}

function signatureName(signature: Uint8Array): string | undefined {
  try {
    return new Reader(signature).text(MAX_NAME);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
