import { utf8 } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { type Armoured, printArmour } from './armour.ts';
import { encryptPem, encryptPkcs8 } from './pem-encryption.ts';
import { printPkcs1, printPkcs8, printSec1 } from './pem-key.ts';
import type { PrivateKey } from './private-key.ts';

/** `pem`: PKCS#1 or SEC 1, as `ssh-keygen -m PEM` has it, for RSA and ECDSA. `pkcs8`: for Ed25519, too. */
export type PemFormat = 'pem' | 'pkcs8';

/** The text of a PEM file, which has no place for the comment. @throws {RangeError} for a type that the format lacks */
export function formatPemPrivateKey(key: PrivateKey, format: PemFormat): Uint8Array {
  return print(blockOf(key, format));
}

/**
 * The same, encrypted by the passphrase: `pkcs8` by PBES2 (RFC 8018), `pem` as OpenSSL does it, which slows nobody down who
 * guesses passphrases.
 * @param passphrase As UTF-8, not empty. @throws {RangeError}
 */
export function encryptPemPrivateKey(key: PrivateKey, format: PemFormat, passphrase: Uint8Array): Uint8Array {
  if (passphrase.length === 0) throw new RangeError('Cannot encrypt private key: the passphrase is empty');
  const { label, bytes } = blockOf(key, format);
  const sealed =
    format === 'pem'
      ? encryptPem(label, bytes, passphrase)
      : { label: `ENCRYPTED ${label}`, headers: new Map(), bytes: encryptPkcs8(bytes, passphrase) };
  wipe(bytes);
  return print(sealed);
}

function blockOf(key: PrivateKey, format: PemFormat): Armoured {
  const headers = new Map<string, string>();
  if (format === 'pkcs8') {
    const bytes = printPkcs8(key);
    if (bytes) return { label: 'PRIVATE KEY', headers, bytes };
  } else {
    const pkcs1 = printPkcs1(key);
    if (pkcs1) return { label: 'RSA PRIVATE KEY', headers, bytes: pkcs1 };
    const sec1 = printSec1(key, false);
    if (sec1) return { label: 'EC PRIVATE KEY', headers, bytes: sec1 };
  }
  const name = format === 'pkcs8' ? 'PKCS#8' : 'PEM';
  throw new RangeError(`Cannot write private key of type "${key.type}": ${name} has no form for it`);
}

/** Wipes the bytes. */
function print(block: Armoured): Uint8Array {
  const text = utf8(printArmour(block, 64));
  wipe(block.bytes);
  return text;
}
