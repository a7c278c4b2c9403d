import { FormatError, utf8 } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { type Armoured, printArmour, readArmour } from './armour.ts';
import {
  type OpensshEncryption,
  decryptOpensshKey,
  encryptOpensshKey,
  printOpensshKey,
  readOpensshKey,
} from './openssh-key.ts';
import { decryptPem, decryptPkcs8 } from './pem-encryption.ts';
import { readPkcs1, readPkcs8, readSec1 } from './pem-key.ts';
import { MAX_PRIVATE_KEY_FILE, recognisePrivateKey } from './recognise-private-key.ts';
import { PrivateKeyError, passphraseNeeded, passphraseWrong } from './private-key-error.ts';
import type { PrivateKey } from './private-key.ts';
import { isPuttyFile } from './putty-file.ts';
import { decryptPuttyKey, readPuttyKey } from './putty-key.ts';

const OPENSSH_LABEL = 'OPENSSH PRIVATE KEY';
const ENCRYPTED_LABEL = 'ENCRYPTED PRIVATE KEY';
const ENCRYPTION_HEADER = 'DEK-Info';

/** Keys in ASN.1 by the label of their block. */
const derReaders: ReadonlyMap<string, (bytes: Uint8Array) => PrivateKey> = new Map([
  ['RSA PRIVATE KEY', readPkcs1],
  ['EC PRIVATE KEY', readSec1],
  ['PRIVATE KEY', readPkcs8],
  [ENCRYPTED_LABEL, readPkcs8],
]);

/**
 * The private key in a file that is not encrypted: OpenSSH's own, PEM by PKCS#1, SEC 1 or PKCS#8, or PuTTY's.
 * @throws {PrivateKeyError} with a code that tells what to do
 */
export function parsePrivateKey(bytes: Uint8Array): PrivateKey {
  try {
    if (isPuttyFile(bytes)) return readPuttyKey(checkLength(bytes));
    const block = readFile(bytes);
    const key = readBlock(block);
    wipe(block.bytes);
    return key;
  } catch (error) {
    throw asPrivateKeyError(error);
  }
}

/**
 * The same for a file that may be encrypted.
 * @param passphrase As UTF-8. It is not looked at for a key that is not encrypted.
 * @throws {PrivateKeyError} with a code that tells what to do
 */
export async function decryptPrivateKey(bytes: Uint8Array, passphrase: Uint8Array): Promise<PrivateKey> {
  try {
    if (isPuttyFile(bytes)) return await decryptPuttyKey(checkLength(bytes), passphrase);
    const block = readFile(bytes);
    const key =
      block.label === OPENSSH_LABEL
        ? await decryptOpensshKey(block.bytes, passphrase)
        : decryptBlock(block, passphrase);
    wipe(block.bytes);
    return key;
  } catch (error) {
    throw asPrivateKeyError(error);
  }
}

/** The text of an OpenSSH private key file, which ends with a newline. */
export function formatPrivateKey(key: PrivateKey): Uint8Array {
  return armoured(printOpensshKey(key));
}

/**
 * The same, encrypted by the passphrase.
 * @param passphrase As UTF-8, not empty.
 * @throws {RangeError}
 */
export async function encryptPrivateKey(
  key: PrivateKey,
  passphrase: Uint8Array,
  options: OpensshEncryption = {},
): Promise<Uint8Array> {
  return armoured(await encryptOpensshKey(key, passphrase, options));
}

function checkLength(bytes: Uint8Array): Uint8Array {
  if (bytes.length > MAX_PRIVATE_KEY_FILE)
    throw new PrivateKeyError(
      'damaged',
      `found ${bytes.length} bytes, at most ${MAX_PRIVATE_KEY_FILE} expected`,
    );
  return bytes;
}

function readFile(bytes: Uint8Array): Armoured {
  const block = readArmour(new TextDecoder('latin1').decode(checkLength(bytes)), 'PRIVATE KEY');
  if (block !== undefined) return block;
  const found = recognisePrivateKey(bytes);
  if (found === undefined) throw new PrivateKeyError('damaged', 'it is none');
  throw new PrivateKeyError('unsupported', `its format "${found.container}" is not known`);
}

function readBlock(block: Armoured): PrivateKey {
  if (block.label === OPENSSH_LABEL) return readOpensshKey(block.bytes);
  const read = derReaderOf(block);
  if (isEncrypted(block)) throw passphraseNeeded();
  return read(block.bytes);
}

/** One wrong passphrase of some 250 gives a good padding: then what was decrypted is no key. */
function decryptBlock(block: Armoured, passphrase: Uint8Array): PrivateKey {
  const read = derReaderOf(block);
  if (!isEncrypted(block)) return read(block.bytes);
  if (passphrase.length === 0) throw passphraseNeeded();
  const info = block.headers.get(ENCRYPTION_HEADER);
  const plaintext =
    info === undefined ? decryptPkcs8(block.bytes, passphrase) : decryptPem(block.bytes, info, passphrase);
  try {
    return read(plaintext);
  } catch (cause) {
    if (cause instanceof FormatError || cause instanceof RangeError) throw passphraseWrong();
    throw cause;
  } finally {
    wipe(plaintext);
  }
}

function isEncrypted({ label, headers }: Armoured): boolean {
  return label === ENCRYPTED_LABEL || headers.has(ENCRYPTION_HEADER);
}

function derReaderOf({ label }: Armoured): (bytes: Uint8Array) => PrivateKey {
  const read = derReaders.get(label);
  if (read === undefined)
    throw new PrivateKeyError('unsupported', `its kind ${JSON.stringify(label)} is not known`);
  return read;
}

function asPrivateKeyError(error: unknown): unknown {
  const isMalformed = error instanceof FormatError || error instanceof RangeError;
  return isMalformed ? new PrivateKeyError('damaged', 'it is malformed', { cause: error }) : error;
}

/** Wipes the bytes. */
function armoured(bytes: Uint8Array): Uint8Array {
  const text = utf8(printArmour({ label: OPENSSH_LABEL, headers: new Map(), bytes }, 70));
  wipe(bytes);
  return text;
}
