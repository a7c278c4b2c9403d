import { FormatError, Writer, encode } from '@orrery/bytes';
import { randomBytes } from '@orrery/crypto';
import { writeOptions } from './certificate-options.ts';
import { type Certificate, MAX_PRINCIPALS, parseCertificate } from './certificate.ts';
import { certificateFields, certifiedTypes } from './key-types.ts';
import type { KeySigner } from './key-signer.ts';
import { parsePublicKeyBlob } from './public-key.ts';
import { verifyCertificate } from './verify-certificate.ts';

const NONCE_LENGTH = 32;

/** What a CA says of a key. */
export type CertificateClaims = Pick<
  Certificate,
  | 'key'
  | 'serial'
  | 'type'
  | 'keyId'
  | 'principals'
  | 'validAfter'
  | 'validBefore'
  | 'criticalOptions'
  | 'extensions'
>;

/**
 * Certifies a key. The nonce is random.
 * @param caSigner The CA's key, which may be in an agent.
 * @param algorithm One of the signer's; its best if absent.
 * @throws {RangeError} for what no certificate can say, and for a signer that did not sign it with that algorithm.
 */
export async function signCertificate(
  claims: CertificateClaims,
  caSigner: KeySigner,
  algorithm: string = caSigner.algorithms[0] ?? '',
): Promise<Certificate> {
  checkClaims(claims);
  const signed = signedPart(claims, caSigner.publicKey);
  const signature = await caSigner.sign(signed, algorithm);
  const certificate = readBack(new Writer().bytes(signed).string(signature).finish());
  if (!verifyCertificate(certificate, [algorithm]))
    throw new RangeError(`Cannot sign certificate: the key of the CA made no signature with "${algorithm}"`);
  return certificate;
}

/** The limits of reading hold for writing, too. */
function readBack(blob: Uint8Array): Certificate {
  try {
    return parseCertificate(blob);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new RangeError(`Cannot sign certificate: nobody could read it: ${cause.message}`, { cause });
  }
}

function checkClaims({ principals, validAfter, validBefore }: CertificateClaims): void {
  if (principals.length > MAX_PRINCIPALS)
    throw new RangeError(
      `Cannot sign certificate: found ${principals.length} principals, at most ${MAX_PRINCIPALS} expected`,
    );
  if (principals.includes('')) throw new RangeError('Cannot sign certificate: a principal is empty');
  if (validAfter >= validBefore)
    throw new RangeError(`Cannot sign certificate: it ends at ${validBefore}, not behind ${validAfter}`);
}

function signedPart(claims: CertificateClaims, caKey: Uint8Array): Uint8Array {
  if (parsePublicKeyBlob(caKey).certifiedKey !== undefined)
    throw new RangeError('Cannot sign certificate: the key of the CA is a certificate');
  const { type } = parsePublicKeyBlob(claims.key);
  const certificateType = certifiedTypes.entries().find(([, certified]) => certified === type)?.[0];
  if (certificateType === undefined)
    throw new RangeError(`Cannot sign certificate: there is none for keys of type "${type}"`);
  const principals = new Writer();
  for (const principal of claims.principals) principals.text(principal);
  const empty = new Uint8Array();
  const fields = encode(certificateFields, {
    serial: claims.serial,
    kind: claims.type === 'user' ? 1 : 2,
    keyId: claims.keyId,
    principals: principals.finish(),
    validAfter: claims.validAfter,
    validBefore: claims.validBefore,
    criticalOptions: writeOptions(claims.criticalOptions),
    extensions: writeOptions(claims.extensions),
    reserved: empty,
    signatureKey: caKey,
    signature: empty,
  });
  return new Writer()
    .text(certificateType)
    .string(randomBytes(NONCE_LENGTH))
    .bytes(claims.key.subarray(4 + type.length))
    .bytes(fields.subarray(0, -4))
    .finish();
}
