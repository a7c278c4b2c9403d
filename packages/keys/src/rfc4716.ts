import { FormatError, utf8 } from '@orrery/bytes';
import { MAX_PUBLIC_KEY_LINE, type PublicKey, decodeBase64, parsePublicKeyBlob } from './public-key.ts';

const BEGIN = '---- BEGIN SSH2 PUBLIC KEY ----';
const END = '---- END SSH2 PUBLIC KEY ----';
/** Characters of base64 in a line, as ssh-keygen writes them, and of a line at all (section 3.1). */
const BASE64_LINE = 70;
const MAX_LINE = 72;
/** Longest value of a header, in bytes (section 3.3). */
const MAX_COMMENT = 1024;

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

/**
 * The file that `parseRfc4716` reads. A comment goes into its header, over several lines if it is long.
 *
 * @throws {RangeError} the comment has control characters or quotation marks, or is longer than 1024 bytes
 */
export function printRfc4716({ blob, comment }: Pick<PublicKey, 'blob' | 'comment'>): string {
  const header = comment === undefined ? [] : headerLines(comment);
  const body = blob.toBase64().match(new RegExp(`.{1,${BASE64_LINE}}`, 'g')) ?? [];
  return [BEGIN, ...header, ...body, END, ''].join('\n');
}

function headerLines(comment: string): string[] {
  if (/[\u0000-\u001f"\u007f]/.test(comment) || utf8(comment).length > MAX_COMMENT)
    throw new RangeError(
      `Cannot write RFC 4716 public key with the comment ${JSON.stringify(comment)}: at most ${MAX_COMMENT} bytes without control characters and quotation marks expected`,
    );
  const lines: string[] = [];
  let line = '';
  for (const character of `Comment: "${comment}"`) {
    if (utf8(line + character).length >= MAX_LINE) {
      lines.push(`${line}\\`);
      line = '';
    }
    line += character;
  }
  return [...lines, line];
}
