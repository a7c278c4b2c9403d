import { FormatError } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { type Armoured, printArmour, readArmour } from './armour.ts';
import { printOpensshKey, readOpensshKey } from './openssh-key.ts';
import { decryptPem, decryptPkcs8 } from './pem-encryption.ts';
import { readPkcs1, readPkcs8, readSec1 } from './pem-key.ts';
import { MAX_PRIVATE_KEY_FILE, recognisePrivateKey } from './recognise-private-key.ts';
import { PrivateKeyError, passphraseNeeded, passphraseWrong } from './private-key-error.ts';
import type { PrivateKey } from './private-key.ts';

const OPENSSH_LABEL = 'OPENSSH PRIVATE KEY';

/** Keys in ASN.1 by the label of their block. */
const derReaders: ReadonlyMap<string, (bytes: Uint8Array) => PrivateKey> = new Map([
  ['RSA PRIVATE KEY', readPkcs1],
  ['EC PRIVATE KEY', readSec1],
  ['PRIVATE KEY', readPkcs8],
  ['ENCRYPTED PRIVATE KEY', readPkcs8],
]);

/**
 * The private key in a file of OpenSSH, or in PEM by PKCS#1, SEC 1 or PKCS#8.
 *
 * @param passphrase As UTF-8. It is not needed, and not looked at, for a key that is not encrypted.
 * @throws {PrivateKeyError} with a code that tells what to do
 */
export function parsePrivateKey(bytes: Uint8Array, passphrase?: Uint8Array): PrivateKey {
  if (bytes.length > MAX_PRIVATE_KEY_FILE)
    throw new PrivateKeyError(
      'damaged',
      `found ${bytes.length} bytes, at most ${MAX_PRIVATE_KEY_FILE} expected`,
    );
  try {
    const armoured = readArmour(new TextDecoder('latin1').decode(bytes));
    if (armoured === undefined) throw notPem(bytes);
    const key = readBlock(armoured, passphrase);
    wipe(armoured.bytes);
    return key;
  } catch (cause) {
    if (cause instanceof FormatError || cause instanceof RangeError)
      throw new PrivateKeyError('damaged', 'it is malformed', { cause });
    throw cause;
  }
}

/**
 * The text of an OpenSSH private key file, which ends with a newline. It is encrypted if there is a passphrase.
 * @param rounds Of bcrypt, 1 to 1024; 24 by default, as ssh-keygen. @throws {RangeError}
 */
export function formatPrivateKey(key: PrivateKey, passphrase?: Uint8Array, rounds?: number): Uint8Array {
  const bytes = printOpensshKey(key, passphrase, rounds);
  const text = printArmour(OPENSSH_LABEL, bytes);
  wipe(bytes);
  return new TextEncoder().encode(text);
}

function readBlock(block: Armoured, passphrase: Uint8Array | undefined): PrivateKey {
  const { label, headers, bytes } = block;
  if (label === OPENSSH_LABEL) return readOpensshKey(bytes, passphrase);
  const read = derReaders.get(label);
  if (read === undefined)
    throw new PrivateKeyError('unsupported', `its kind ${JSON.stringify(label)} is not known`);
  const info = headers.get('DEK-Info');
  if (label !== 'ENCRYPTED PRIVATE KEY' && info === undefined) return read(bytes);
  if (passphrase === undefined || passphrase.length === 0) throw passphraseNeeded();
  const plaintext =
    info === undefined ? decryptPkcs8(bytes, passphrase) : decryptPem(bytes, info, passphrase);
  return readDecrypted(read, plaintext);
}

/** After a wrong passphrase, one of some 250 looks as if it were right: then what was decrypted is no key. */
function readDecrypted(read: (bytes: Uint8Array) => PrivateKey, plaintext: Uint8Array): PrivateKey {
  try {
    return read(plaintext);
  } catch (cause) {
    if (cause instanceof FormatError || cause instanceof RangeError) throw passphraseWrong();
    throw cause;
  } finally {
    wipe(plaintext);
  }
}

function notPem(bytes: Uint8Array): PrivateKeyError {
  const found = recognisePrivateKey(bytes);
  if (found === undefined) return new PrivateKeyError('damaged', 'it is none');
  return new PrivateKeyError('unsupported', `its format "${found.container}" is not known`);
}
