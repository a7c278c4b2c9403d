import { utf8, Writer } from '@orrery/bytes';
import { insecureSha1, sha256 } from '@orrery/crypto';
import { type Certificate, parseCertificate } from './certificate.ts';
import type { Krl, RevokedCertificates } from './krl.ts';
import { parsePublicKeyBlob } from './public-key.ts';

/** Two names of one type: who revokes a key by one of them means the key. */
const twins: ReadonlyMap<string, string> = new Map([
  ['ssh-mldsa44-ed25519', 'ssh-mldsa44-ed25519@openssh.com'],
  ['ssh-mldsa44-ed25519@openssh.com', 'ssh-mldsa44-ed25519'],
]);

/**
 * Whether a list revokes a key or a certificate: itself, the certified key, or the key of its CA.
 * @param blob The blob of either.
 * @throws {FormatError} the blob is neither; it must not count then
 */
export function isRevoked(krl: Krl, blob: Uint8Array): boolean {
  if (parsePublicKeyBlob(blob).certifiedKey === undefined) return isKeyRevoked(krl, blob);
  const certificate = parseCertificate(blob);
  return (
    isKeyRevoked(krl, certificate.key) ||
    isKeyRevoked(krl, certificate.caKey) ||
    [...formsOf(certificate.caKey), undefined].some((ca) => names(krl.findCertificates(ca), certificate))
  );
}

function isKeyRevoked({ keys, sha1, sha256: sha256s }: Krl, key: Uint8Array): boolean {
  return formsOf(key).some(
    (form) =>
      (keys.size > 0 && keys.has(form.toHex())) ||
      (sha1.size > 0 && sha1.has(insecureSha1(form).toHex())) ||
      (sha256s.size > 0 && sha256s.has(sha256(form).toHex())),
  );
}

function names(revoked: RevokedCertificates | undefined, { serial, keyId }: Certificate): boolean {
  if (revoked === undefined) return false;
  return revoked.keyIds.has(utf8(keyId).toHex()) || revoked.serials.has(serial);
}

function formsOf(key: Uint8Array): Uint8Array[] {
  const { type } = parsePublicKeyBlob(key);
  const twin = twins.get(type);
  if (twin === undefined) return [key];
  return [
    key,
    new Writer()
      .text(twin)
      .bytes(key.subarray(4 + type.length))
      .finish(),
  ];
}
