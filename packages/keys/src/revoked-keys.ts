import { FormatError } from '@orrery/bytes';
import { Krl } from './krl.ts';
import { MAX_KRL, isKrl, parseKrl } from './parse-krl.ts';
import { parsePublicKeyLine } from './public-key.ts';

/**
 * Reads a file of revoked keys: a key revocation list, or lines with public keys, each of which is revoked with all
 * certificates of it and by it.
 *
 * @throws {FormatError} it is neither, or longer than MAX_KRL. No key may count then.
 */
export function parseRevokedKeys(bytes: Uint8Array): Krl {
  if (isKrl(bytes)) return parseKrl(bytes);
  if (bytes.length > MAX_KRL)
    throw new FormatError(
      `Cannot read revoked keys: found ${bytes.length} bytes, at most ${MAX_KRL} expected`,
    );
  const krl = new Krl();
  // Comments need not be UTF-8.
  const lines = new TextDecoder('latin1').decode(bytes).split('\n');
  for (const [index, source] of lines.entries()) {
    const line = source.trim();
    if (line === '' || line.startsWith('#')) continue;
    try {
      krl.revokeKey(parsePublicKeyLine(line).blob);
    } catch (cause) {
      if (!(cause instanceof FormatError)) throw cause;
      throw new FormatError(`Cannot read line ${index + 1} of revoked keys: ${cause.message}`, { cause });
    }
  }
  return krl;
}
