import { fingerprint, parsePublicKeyBlob } from '@orrery/keys';
import { keyWord } from '../qssh/host-key/key-words.ts';

/** As OpenSSH logs a key. @param blob Of a public key that was parsed before. */
export function describeKey(blob: Uint8Array): string {
  return `${keyWord(parsePublicKeyBlob(blob).type)} ${fingerprint(blob, 'sha256')}`;
}
