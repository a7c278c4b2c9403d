import { FormatError } from '@orrery/bytes';
import { MAX_PUBLIC_KEY_LINE, type PublicKey, decodeBase64, parsePublicKeyBlob } from './public-key.ts';

const BEGIN = '---- BEGIN SSH2 PUBLIC KEY ----';
const END = '---- END SSH2 PUBLIC KEY ----';

/**
 * A public key from a file in the format of RFC 4716, as `ssh-keygen -e` writes it. Its comment is the header `Comment`.
 *
 * @throws {FormatError} the text is not such a file
 */
export function parseRfc4716(text: string): PublicKey {
  if (text.length > MAX_PUBLIC_KEY_LINE) {
    throw new FormatError(
      `Cannot read RFC 4716 public key: found ${text.length} characters, at most ${MAX_PUBLIC_KEY_LINE} expected`,
    );
  }
  // A line that ends with a backslash goes on in the next one (section 3.3).
  const lines = text
    .trim()
    .replaceAll(/\\\r?\n/g, '')
    .split(/\r\n|\r|\n/);
  if (lines.shift() !== BEGIN || lines.pop() !== END) {
    throw new FormatError(`Cannot read RFC 4716 public key: "${BEGIN}" and "${END}" expected`);
  }
  const headers = lines.findIndex((line) => !line.includes(':'));
  const key = parsePublicKeyBlob(decodeBase64(lines.slice(headers).join('')));
  const comment = lines
    .slice(0, headers)
    .map((line) => /^comment: ?"?(.*?)"?$/i.exec(line)?.[1])
    .find((value) => value !== undefined);
  return comment === undefined ? key : { ...key, comment };
}
