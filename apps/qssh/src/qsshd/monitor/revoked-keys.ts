// Keys that do not count any more (sshd_config(5), RevokedKeys).
import { FormatError } from '@orrery/bytes';
import { isRevoked, MAX_KRL, parseRevokedKeys, type Krl } from '@orrery/keys';
import { statSync } from 'node:fs';
import { describeKey } from '../describe-key.ts';
import { readServerFile } from './server-file.ts';

/** The list that was read last, with what its file looked like: it is asked for each key that anybody shows. */
let last: { readonly version: string; readonly krl: Krl } | undefined;

/**
 * Whether a key is revoked, or a certificate by its key, CA, serial number or key id. If the list cannot be read, every key
 * is. @param key A sound blob.
 */
export function isKeyRevoked(
  file: string | undefined,
  key: Uint8Array,
  log: (text: string) => void,
): boolean {
  if (file === undefined) return false;
  try {
    if (!isRevoked(revokedIn(file), key)) return false;
    log(`Authentication key ${describeKey(key)} revoked by file ${file}`);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    log(
      `Error checking authentication key ${describeKey(key)} in revoked keys file ${file}: ${error.message}`,
    );
  }
  return true;
}

/** @throws {FormatError} the file cannot be read, or is none. */
function revokedIn(file: string): Krl {
  const version = versionOf(file);
  if (last !== undefined && last.version === version) return last.krl;
  const bytes = readServerFile(file, MAX_KRL);
  if (typeof bytes === 'string') throw new FormatError(bytes);
  const krl = parseRevokedKeys(bytes);
  if (version !== undefined) last = { version, krl };
  return krl;
}

function versionOf(file: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return [file, dev, ino, size, mtimeNs, ctimeNs].join('\0');
  } catch {
    return undefined;
  }
}
