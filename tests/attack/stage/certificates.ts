// What the attacks with certificates on qssh and on qsshd have in common.
import { equal } from '@orrery/bytes';
import {
  generatePrivateKey,
  parseCertificate,
  parsePublicKeyBlob,
  printPublicKeyLine,
  signatureNames,
  verifyCertificate,
  type CertificateClaims,
  type KeySigner,
} from '@orrery/keys';
import { claimsOf } from '../../../packages/keys/testing/claims.ts';

export const now = BigInt(Math.floor(Date.now() / 1000));

export function makeSigner(type = 'ssh-ed25519'): KeySigner {
  return generatePrivateKey(type, '').signer();
}

/** As files have the key, without a newline. */
export function lineOf({ publicKey }: KeySigner): string {
  return printPublicKeyLine(parsePublicKeyBlob(publicKey));
}

/** What a CA says of a key for this hour. */
export function claimsNow({ publicKey }: KeySigner, said: Partial<CertificateClaims>): CertificateClaims {
  return claimsOf(publicKey, { serial: 1n, validAfter: now - 60n, validBefore: now + 3600n, ...said });
}

/** Whoever takes all that a known CA has signed takes this. */
export function isTakenNaively(blob: Uint8Array, authorities: readonly KeySigner[]): boolean {
  const certificate = parseCertificate(blob);
  const isKnown = authorities.some(({ publicKey }) => equal(publicKey, certificate.caKey));
  return isKnown && verifyCertificate(certificate, signatureNames);
}
