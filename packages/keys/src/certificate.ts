// OpenSSH's certificates (PROTOCOL.certkeys; draft-miller-ssh-cert).
import { FormatError, Reader } from '@orrery/bytes';
import { type CertificateOptions, readOptions } from './certificate-options.ts';
import { parsePublicKeyBlob, readCertificate } from './public-key.ts';

/** Most principals of a certificate, as in OpenSSH. */
export const MAX_PRINCIPALS = 256;
/** Longest principal, in bytes. */
const MAX_PRINCIPAL = 32_768;

/** The end of a certificate that does not expire, in seconds. */
export const FOREVER = 2n ** 64n - 1n;

export type CertificateType = 'user' | 'host';

/** A certificate as it stands. Nothing of it is true before its signature was verified. */
export interface Certificate {
  readonly blob: Uint8Array;
  /** The name of the blob's type, such as `ssh-ed25519-cert-v01@openssh.com`. */
  readonly keyType: string;
  readonly nonce: Uint8Array;
  /** The blob of the certified key. */
  readonly key: Uint8Array;
  /** Zero if the CA does not number its certificates. */
  readonly serial: bigint;
  readonly type: CertificateType;
  readonly keyId: string;
  readonly principals: readonly string[];
  /** Seconds since 1970. */
  readonly validAfter: bigint;
  /** Seconds since 1970; the first second in which it is not valid any more. */
  readonly validBefore: bigint;
  readonly criticalOptions: CertificateOptions;
  readonly extensions: CertificateOptions;
  /** The blob of the CA's key. */
  readonly caKey: Uint8Array;
  /** What the CA signed. */
  readonly signed: Uint8Array;
  /** The signature's blob. */
  readonly signature: Uint8Array;
}

/**
 * All fields of a certificate. Arrays in it are views into the blob.
 *
 * @throws {FormatError} the blob is no certificate, or malformed: also if its options are not sorted and unique, if it has
 * more than MAX_PRINCIPALS, or if the key of its CA is a certificate
 */
export function parseCertificate(blob: Uint8Array): Certificate {
  const parts = readCertificate(blob);
  if (parts === undefined) throw new FormatError('Cannot read certificate: the key is of another type');
  const { fields } = parts;
  if (fields.keyId.includes('\0')) throw new FormatError('Cannot read certificate: its key id holds a NUL');
  const ca = parsePublicKeyBlob(fields.signatureKey);
  if (ca.certifiedKey !== undefined)
    throw new FormatError('Cannot read certificate: the key of its CA is a certificate');
  return {
    blob,
    keyType: parts.type,
    nonce: parts.nonce,
    key: parts.certifiedKey,
    serial: fields.serial,
    type: fields.kind === 1 ? 'user' : 'host',
    keyId: fields.keyId,
    principals: readPrincipals(fields.principals),
    validAfter: fields.validAfter,
    validBefore: fields.validBefore,
    criticalOptions: readOptions(fields.criticalOptions),
    extensions: readOptions(fields.extensions),
    caKey: fields.signatureKey,
    // The signature is the last field, behind its length.
    signed: blob.subarray(0, blob.length - fields.signature.length - 4),
    signature: fields.signature,
  };
}

function readPrincipals(bytes: Uint8Array): string[] {
  const reader = new Reader(bytes);
  const principals: string[] = [];
  while (reader.remaining > 0) {
    if (principals.length === MAX_PRINCIPALS)
      throw new FormatError(`Cannot read certificate: more than ${MAX_PRINCIPALS} principals`);
    const principal = reader.text(MAX_PRINCIPAL);
    if (principal.includes('\0')) throw new FormatError('Cannot read certificate: a principal holds a NUL');
    principals.push(principal);
  }
  return principals;
}
