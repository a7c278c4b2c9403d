import { insecureMd5, sha256 } from '@orrery/crypto';
import { parsePublicKeyBlob } from './public-key.ts';

/**
 * The fingerprint of a public key blob as `ssh-keygen -l` prints it: `SHA256:` and base64 without padding, or `MD5:`
 * and hexadecimal pairs with colons. That of a certificate is that of the key it certifies.
 *
 * @throws {FormatError} the blob is not a public key
 */
export function fingerprint(blob: Uint8Array, hash: 'sha256' | 'md5'): string {
  const bytes = parsePublicKeyBlob(blob).certifiedKey ?? blob;
  if (hash === 'sha256') return `SHA256:${sha256(bytes).toBase64({ omitPadding: true })}`;
  return `MD5:${insecureMd5(bytes).toHex().replace(/..\B/g, '$&:')}`;
}
