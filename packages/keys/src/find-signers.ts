import { equal } from '@orrery/bytes';
import type { AllowedSigner } from './allowed-signers.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { CertificateError, checkAuthority } from './check-certificate.ts';
import { matchPatternList, matchesPattern } from './patterns.ts';
import { parsePublicKeyBlob } from './public-key.ts';
import type { Sshsig } from './sshsig.ts';
import { caAlgorithmsOf } from './verify-certificate.ts';

/**
 * Whether somebody may have signed this: the key, or the CA of its certificate, stands among the allowed signers for this
 * principal, namespace and time (`ssh-keygen -Y verify`). That the signature is right is what `verifySshsig` says.
 * @param time Milliseconds since 1970.
 * @throws {FormatError} the signature's key is none
 */
export function isAllowedSigner(
  signers: readonly AllowedSigner[],
  sshsig: Sshsig,
  principal: string,
  time: number,
): boolean {
  const certificate = certificateOf(sshsig);
  return signers.some(
    (signer) =>
      matches(principal, signer.principals) &&
      (signer.namespaces === undefined || matches(sshsig.namespace, signer.namespaces)) &&
      isKeyOf(signer, sshsig, certificate, time) &&
      (certificate === undefined || !signer.isAuthority || isCertified(certificate, principal, time)),
  );
}

/**
 * For whom the key of a signature signs: the principals of the first line that it fits (`ssh-keygen -Y find-principals`).
 * They may be patterns. For a certificate, they are those of its names that the line of its CA allows. Nothing but the
 * certificate is verified, and the namespace does not count.
 * @param time Milliseconds since 1970.
 * @throws {FormatError} the signature's key is none
 */
export function findPrincipals(
  signers: readonly AllowedSigner[],
  sshsig: Sshsig,
  time: number,
): readonly string[] {
  const certificate = certificateOf(sshsig);
  for (const signer of signers) {
    if (!isKeyOf(signer, sshsig, certificate, time)) continue;
    const listed = signer.principals.split(',').filter((principal) => principal !== '');
    if (certificate === undefined || !signer.isAuthority) return listed;
    const allowed = certificate.principals.filter((name) => matches(name, signer.principals));
    const [name] = allowed;
    // What else is asked of the certificate is the same for each.
    if (name === undefined || !isCertified(certificate, name, time)) continue;
    const ordered = listed.flatMap((pattern) => allowed.filter((one) => matchesPattern(one, pattern)));
    return [...new Set(ordered)];
  }
  return [];
}

/** The principals of all lines that mean a principal, each as it stands (`ssh-keygen -Y match-principals`). */
export function matchPrincipals(signers: readonly AllowedSigner[], principal: string): readonly string[] {
  return signers.map(({ principals }) => principals).filter((principals) => matches(principal, principals));
}

function certificateOf({ publicKey }: Sshsig): Certificate | undefined {
  return parsePublicKeyBlob(publicKey).certifiedKey === undefined ? undefined : parseCertificate(publicKey);
}

/** Whether a line is about the key, at this time. */
function isKeyOf(
  { key, isAuthority, validAfter, validBefore }: AllowedSigner,
  { publicKey }: Sshsig,
  certificate: Certificate | undefined,
  time: number,
): boolean {
  const expected = isAuthority ? certificate?.caKey : publicKey;
  if (expected === undefined || !equal(expected, key)) return false;
  const seconds = Math.floor(time / 1000);
  return (
    (validAfter === undefined || seconds >= validAfter) &&
    (validBefore === undefined || seconds <= validBefore)
  );
}

function isCertified(certificate: Certificate, principal: string, time: number): boolean {
  try {
    checkAuthority(certificate, { type: 'user', principal, time, caAlgorithms: caAlgorithmsOf(certificate) });
    return true;
  } catch (error) {
    if (error instanceof CertificateError) return false;
    throw error;
  }
}

function matches(name: string, list: string): boolean {
  return matchPatternList(name, list) === 'match';
}
