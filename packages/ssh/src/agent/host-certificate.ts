import { FormatError, equal } from '@orrery/bytes';
import { CertificateError, checkCertificate, parseCertificate, signatureNames } from '@orrery/keys';

/** Whether a key is a certificate by this authority, valid now, for this host. */
export function isCertifiedHost(hostKey: Uint8Array, authority: Uint8Array, host: string): boolean {
  try {
    const certificate = parseCertificate(hostKey);
    if (!equal(certificate.caKey, authority)) return false;
    checkCertificate(certificate, {
      type: 'host',
      principal: host,
      time: Date.now(),
      caAlgorithms: signatureNames,
    });
    return true;
  } catch (cause) {
    if (cause instanceof FormatError || cause instanceof CertificateError) return false;
    throw cause;
  }
}
