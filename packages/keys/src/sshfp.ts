// Fingerprints of host keys in the DNS (RFC 4255, RFC 6594, RFC 7479).
import { insecureSha1, sha256 } from '@orrery/crypto';
import { parsePublicKeyBlob } from './public-key.ts';

/** The data of one SSHFP resource record. */
export interface Sshfp {
  /** The number of the key's algorithm. */
  readonly algorithm: number;
  /** 1: SHA-1, 2: SHA-256. */
  readonly type: number;
  readonly fingerprint: Uint8Array;
}

/** Numbers of IANA's registry; types that have none are not here. */
const algorithms: ReadonlyMap<string, number> = new Map([
  ['ssh-rsa', 1],
  ['ssh-dss', 2],
  ['ecdsa-sha2-nistp256', 3],
  ['ecdsa-sha2-nistp384', 3],
  ['ecdsa-sha2-nistp521', 3],
  ['ssh-ed25519', 4],
]);

/**
 * The records of a public key, or of that which a certificate certifies; undefined if its type has no number in the DNS.
 *
 * @throws {FormatError} the blob is not a public key
 */
export function sshfpRecords(blob: Uint8Array): readonly Sshfp[] | undefined {
  const key = parsePublicKeyBlob(blob).certifiedKey ?? blob;
  const algorithm = algorithms.get(parsePublicKeyBlob(key).type);
  if (algorithm === undefined) return undefined;
  return [insecureSha1(key), sha256(key)].map((hash, at) => ({ algorithm, type: at + 1, fingerprint: hash }));
}
