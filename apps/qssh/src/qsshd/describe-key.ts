import { fingerprint, parseCertificate, parsePublicKeyBlob } from '@orrery/keys';
import { keyWord } from '../qssh/host-key/key-words.ts';

/** As OpenSSH logs a key or certificate. @param blob Of a public key that was parsed before. */
export function describeKey(blob: Uint8Array): string {
  const { type, certifiedKey } = parsePublicKeyBlob(blob);
  if (certifiedKey === undefined) return `${keyWord(type)} ${fingerprint(blob, 'sha256')}`;
  const { caKey, keyId, serial } = parseCertificate(blob);
  const key = `${keyWord(type)}-CERT ${fingerprint(blob, 'sha256')}`;
  return `${key} ID ${keyId.slice(0, 200)} (serial ${serial}) CA ${describeKey(caKey)}`;
}
