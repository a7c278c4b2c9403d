// OpenSSH's key revocation lists (PROTOCOL.krl).
import { utf8 } from '@orrery/bytes';
import { insecureSha1, sha256 } from '@orrery/crypto';
import { parseCertificate } from './certificate.ts';
import { parsePublicKeyBlob } from './public-key.ts';
import { SerialRanges } from './serial-ranges.ts';

/** What a CA revokes of its certificates. */
export interface RevokedCertificates {
  /** The blob of the CA's key; undefined for what is revoked of all CAs. */
  readonly caKey: Uint8Array | undefined;
  readonly serials: SerialRanges;
  /** Key ids in hexadecimal: they need not be UTF-8. */
  readonly keyIds: Set<string>;
}

/** Which keys and certificates do not count any more. Every lookup is in a hash table or among sorted ranges. */
export class Krl {
  /** Rises with each change. */
  version = 0n;
  /** Seconds since 1970. */
  generated = 0n;
  comment = '';
  /** Blobs, and their hashes, in hexadecimal. */
  readonly keys = new Set<string>();
  readonly sha1 = new Set<string>();
  readonly sha256 = new Set<string>();
  readonly #certificates = new Map<string, RevokedCertificates>();

  /** Revokes a key, which may be the one that a certificate certifies, with all that depends on it. @throws {FormatError} */
  revokeKey(blob: Uint8Array): void {
    this.keys.add((parsePublicKeyBlob(blob).certifiedKey ?? blob).toHex());
  }

  /** Revokes a key of which only the hash is written. @throws {FormatError} */
  revokeKeyByHash(hash: 'sha1' | 'sha256', blob: Uint8Array): void {
    const key = parsePublicKeyBlob(blob).certifiedKey ?? blob;
    if (hash === 'sha1') this.sha1.add(insecureSha1(key).toHex());
    else this.sha256.add(sha256(key).toHex());
  }

  /**
   * Revokes a certificate as ssh-keygen does: by its serial number, or by its key id if it has none. A plain key is revoked
   * itself. @throws {FormatError}
   */
  revoke(blob: Uint8Array): void {
    if (parsePublicKeyBlob(blob).certifiedKey === undefined) {
      this.revokeKey(blob);
      return;
    }
    const { serial, keyId, caKey } = parseCertificate(blob);
    if (serial === 0n) this.revokeKeyId(caKey, keyId);
    else this.revokeSerials(caKey, serial, serial);
  }

  /**
   * Revokes certificates by serial number. Zero is none.
   * @param caKey The blob of their CA's key; undefined for certificates of all CAs.
   * @param last The same as `first`, or the last of many.
   * @throws {RangeError}
   */
  revokeSerials(caKey: Uint8Array | undefined, first: bigint, last: bigint): void {
    if (first < 1n || last < first || last >= 2n ** 64n)
      throw new RangeError(
        `Cannot revoke serial numbers ${first} to ${last}: 1 to 2^64 - 1 in order expected`,
      );
    this.certificatesOf(caKey).serials.add(first, last);
  }

  revokeKeyId(caKey: Uint8Array | undefined, keyId: string): void {
    this.certificatesOf(caKey).keyIds.add(utf8(keyId).toHex());
  }

  /** What is revoked of a CA, to be added to. */
  certificatesOf(caKey: Uint8Array | undefined): RevokedCertificates {
    const id = caKey?.toHex() ?? '';
    const known = this.#certificates.get(id);
    if (known !== undefined) return known;
    const made = { caKey, serials: new SerialRanges(), keyIds: new Set<string>() };
    this.#certificates.set(id, made);
    return made;
  }

  /** What is revoked of a CA; undefined if nothing ever was. */
  findCertificates(caKey: Uint8Array | undefined): RevokedCertificates | undefined {
    return this.#certificates.get(caKey?.toHex() ?? '');
  }

  /** All that is revoked by CA, in the order in which it came. */
  certificates(): Iterable<RevokedCertificates> {
    return this.#certificates.values();
  }
}
