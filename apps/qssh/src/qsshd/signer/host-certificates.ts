// Certificates of the server's own keys (sshd_config(5): HostCertificate).
import { equal } from '@orrery/bytes';
import {
  certificateSigner,
  optionalSignatureNames,
  parseCertificate,
  signatureNames,
  verifyCertificate,
  type Certificate,
  type KeySigner,
} from '@orrery/keys';
import { reasonOf } from '../../copy/reason.ts';
import { readPublicFile } from './key-files.ts';

/** Which CA is trusted, and by which algorithms, is for clients to know. */
const caAlgorithms = [...signatureNames, ...optionalSignatureNames];

/**
 * The keys that have certificates, each shown by its certificate: of several for one key, the last. As with sshd a file that
 * cannot be used is told by `warn`, and so is one that is not valid now, which is shown nevertheless: time passes.
 */
export function loadCertificates(
  files: readonly string[],
  keys: readonly KeySigner[],
  warn: (text: string) => void,
): KeySigner[] {
  const found = new Map<KeySigner, Uint8Array>();
  for (const file of files) {
    try {
      const certificate = readHostCertificate(file);
      const key = keys.find(({ publicKey }) => equal(publicKey, certificate.key));
      if (key === undefined) throw new Error(`No matching private key for certificate: ${file}`);
      found.set(key, certificate.blob);
      const remark = validityRemark(certificate, Date.now());
      if (remark !== undefined) warn(`Host certificate "${file}" ${remark}: clients do not accept it`);
    } catch (error) {
      warn(reasonOf(error));
    }
  }
  return keys.flatMap((key) => {
    const certificate = found.get(key);
    return certificate === undefined ? [] : [certificateSigner(key, certificate)];
  });
}

/** @throws {Error} naming the file. */
function readHostCertificate(file: string): Certificate {
  const { blob, certifiedKey } = named(file, () => readPublicFile(file));
  if (certifiedKey === undefined) throw new Error(`Certificate file is not a certificate: ${file}`);
  const certificate = named(file, () => parseCertificate(blob));
  if (certificate.type !== 'host') throw new Error(`Certificate is one of a user, not of a host: ${file}`);
  if (!verifyCertificate(certificate, caAlgorithms))
    throw new Error(`Could not load host certificate "${file}": its CA has not signed it`);
  return certificate;
}

function named<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(`Could not load host certificate "${file}": ${reasonOf(cause)}`, { cause });
  }
}

/** @param time In milliseconds since 1970. */
function validityRemark({ validAfter, validBefore }: Certificate, time: number): string | undefined {
  const seconds = BigInt(Math.floor(time / 1000));
  if (seconds >= validBefore) return 'has expired';
  return seconds < validAfter ? 'is not yet valid' : undefined;
}
