/** Most lines of one file with the same key, and their length in bytes: it takes others a tenth of a second to parse them. */
const MAX_LINES = 256;
const MAX_LENGTH = 65_536;

/**
 * The lines in which a key or a CA stands, of a user's file that may have a hundred thousand others: it is read for each
 * key that anybody shows, and what is left is parsed by the process that all logins share.
 * @param key The blob; in base64 it has one form, without gaps.
 */
export function linesWithKey(file: Uint8Array, key: Uint8Array): Uint8Array {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const word = key.toBase64();
  const lines: Uint8Array[] = [];
  let length = 0;
  for (let at = bytes.indexOf(word); at !== -1 && lines.length < MAX_LINES;) {
    const start = bytes.lastIndexOf('\n', at) + 1;
    const newline = bytes.indexOf('\n', at);
    const end = newline === -1 ? bytes.length : newline + 1;
    length += end - start;
    if (length > MAX_LENGTH) break;
    lines.push(bytes.subarray(start, end));
    at = bytes.indexOf(word, end);
  }
  return new Uint8Array(Buffer.concat(lines));
}
