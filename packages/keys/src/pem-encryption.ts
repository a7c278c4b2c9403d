// How PEM files are encrypted: RFC 1421 as OpenSSL does it, and PKCS#5.
import { FormatError, concat } from '@orrery/bytes';
import {
  type Pbkdf2Hash,
  derInteger,
  derSequence,
  derValue,
  insecureAesCbcDecrypt,
  insecureAesCbcEncrypt,
  insecureMd5,
  pbkdf2,
  randomBytes,
  wipe,
} from '@orrery/crypto';
import type { Armoured } from './armour.ts';
import { DerReader, INTEGER, NULL, OBJECT_IDENTIFIER, OCTET_STRING } from './der-reader.ts';
import { PrivateKeyError, passphraseWrong } from './private-key-error.ts';

/** Most iterations of PBKDF2 that are run: a few seconds. */
const MAX_PBKDF2_ITERATIONS = 10_000_000;
/** How many are run for a file that is written: a fifth of a second. */
const PBKDF2_ITERATIONS = 600_000;
const PBKDF2_SALT_LENGTH = 16;

/** Contents of object identifiers (RFC 8018, appendix A and C). */
const PBES2 = '2a864886f70d01050d';
const PBKDF2 = '2a864886f70d01050c';
const HMAC_SHA256 = '2a864886f70d0209';
const hashes: ReadonlyMap<string, Pbkdf2Hash> = new Map([
  ['2a864886f70d0207', 'sha1'],
  [HMAC_SHA256, 'sha256'],
  ['2a864886f70d020b', 'sha512'],
]);
const AES_256_CBC = '60864801650304012a';
const ciphers: ReadonlyMap<string, number> = new Map([
  [AES_256_CBC, 32],
  ['608648016503040116', 24],
  ['608648016503040102', 16],
]);

const keyLengths: ReadonlyMap<string, number> = new Map([
  ['AES-128-CBC', 16],
  ['AES-192-CBC', 24],
  ['AES-256-CBC', 32],
]);
/** Bytes of the initialisation vector that are the salt, too. */
const SALT_LENGTH = 8;
const BLOCK_LENGTH = 16;

/** @param info The header DEK-Info: cipher and initialisation vector. @throws {PrivateKeyError | FormatError} */
export function decryptPem(bytes: Uint8Array, info: string, passphrase: Uint8Array): Uint8Array {
  const [name = '', hex = ''] = info.split(',');
  const keyLength = keyLengths.get(name);
  if (keyLength === undefined)
    throw new PrivateKeyError(
      'unsupported',
      `it is encrypted by ${JSON.stringify(name)}, which is not known`,
    );
  if (!/^[0-9A-Fa-f]{32}$/.test(hex)) throw new FormatError('Cannot read DEK-Info: 16 bytes in hex expected');
  const iv = Uint8Array.fromHex(hex);
  const key = deriveWithMd5(passphrase, iv.subarray(0, SALT_LENGTH), keyLength);
  return decrypt(key, iv, bytes);
}

/** A block encrypted by AES-128-CBC as OpenSSL does it: the passphrase is hashed by MD5, once. */
export function encryptPem(label: string, plaintext: Uint8Array, passphrase: Uint8Array): Armoured {
  const iv = randomBytes(BLOCK_LENGTH);
  const key = deriveWithMd5(passphrase, iv.subarray(0, SALT_LENGTH), 16);
  const headers = new Map([
    ['Proc-Type', '4,ENCRYPTED'],
    ['DEK-Info', `AES-128-CBC,${iv.toHex().toUpperCase()}`],
  ]);
  return { label, headers, bytes: encrypt(key, iv, plaintext) };
}

/** EncryptedPrivateKeyInfo by PBES2 with PBKDF2, HMAC-SHA-256 and AES-256-CBC. */
export function encryptPkcs8(plaintext: Uint8Array, passphrase: Uint8Array): Uint8Array {
  const [salt, iv] = [randomBytes(PBKDF2_SALT_LENGTH), randomBytes(BLOCK_LENGTH)];
  const key = pbkdf2('sha256', passphrase, salt, PBKDF2_ITERATIONS, 32);
  const derivation = derSequence(
    derValue(OCTET_STRING, salt),
    derInteger(Uint8Array.fromHex(PBKDF2_ITERATIONS.toString(16).padStart(8, '0'))),
    derSequence(identifierOf(HMAC_SHA256), derValue(NULL, new Uint8Array())),
  );
  const parameters = derSequence(
    derSequence(identifierOf(PBKDF2), derivation),
    derSequence(identifierOf(AES_256_CBC), derValue(OCTET_STRING, iv)),
  );
  return derSequence(
    derSequence(identifierOf(PBES2), parameters),
    derValue(OCTET_STRING, encrypt(key, iv, plaintext)),
  );
}

/** EncryptedPrivateKeyInfo of RFC 5208, section 6, by PBES2 with PBKDF2 and AES. @throws {PrivateKeyError | FormatError} */
export function decryptPkcs8(bytes: Uint8Array, passphrase: Uint8Array): Uint8Array {
  const whole = new DerReader(bytes);
  const fields = whole.sequence();
  whole.end();
  const algorithm = fields.sequence();
  known(algorithm.objectIdentifier() === PBES2 || undefined, 'scheme');
  const parameters = algorithm.sequence();
  const derivation = parameters.sequence();
  known(derivation.objectIdentifier() === PBKDF2 || undefined, 'key derivation');
  const { salt, iterations, hash } = readPbkdf2(derivation.sequence());
  const cipher = parameters.sequence();
  const keyLength = known(ciphers.get(cipher.objectIdentifier()), 'cipher');
  const iv = cipher.value(OCTET_STRING);
  if (iv.length !== BLOCK_LENGTH)
    throw new FormatError('Cannot read PKCS#8 private key: its IV is not a block');
  return decrypt(pbkdf2(hash, passphrase, salt, iterations, keyLength), iv, fields.value(OCTET_STRING));
}

/** PBKDF2-params of RFC 8018, appendix A.2. The length of the key is that of the cipher. */
function readPbkdf2(fields: DerReader): { salt: Uint8Array; iterations: number; hash: Pbkdf2Hash } {
  const salt = fields.value(OCTET_STRING);
  const iterations = fields.count();
  fields.optional(INTEGER);
  if (iterations < 1 || iterations > MAX_PBKDF2_ITERATIONS)
    throw new PrivateKeyError(
      'unsupported',
      `PBKDF2 has ${iterations} iterations, 1 to ${MAX_PBKDF2_ITERATIONS} expected`,
    );
  if (fields.isAtEnd) return { salt, iterations, hash: 'sha1' };
  return { salt, iterations, hash: known(hashes.get(fields.sequence().objectIdentifier()), 'hash') };
}

/** EVP_BytesToKey of OpenSSL with MD5 and one iteration. */
function deriveWithMd5(passphrase: Uint8Array, salt: Uint8Array, length: number): Uint8Array {
  let key = new Uint8Array();
  let last = new Uint8Array();
  while (key.length < length) {
    last = Uint8Array.from(insecureMd5(concat(last, passphrase, salt)));
    key = Uint8Array.from(concat(key, last));
  }
  return key.subarray(0, length);
}

/** Wipes the key. A padding that is none means that the passphrase is wrong (RFC 8018, section 6.1.1). */
function decrypt(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  if (ciphertext.length === 0 || ciphertext.length % BLOCK_LENGTH !== 0)
    throw new FormatError(`Cannot decrypt ${ciphertext.length} bytes: whole blocks expected`);
  const padded = insecureAesCbcDecrypt(key, iv, ciphertext);
  wipe(key);
  const count = padded.at(-1) ?? 0;
  const isPadding =
    count >= 1 && count <= BLOCK_LENGTH && padded.subarray(-count).every((byte) => byte === count);
  if (!isPadding) throw passphraseWrong();
  return padded.subarray(0, -count);
}

/** Wipes the key. */
function encrypt(key: Uint8Array, iv: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const count = BLOCK_LENGTH - (plaintext.length % BLOCK_LENGTH);
  const padded = concat(plaintext, new Uint8Array(count).fill(count));
  const ciphertext = insecureAesCbcEncrypt(key, iv, padded);
  wipe(key, padded);
  return ciphertext;
}

function identifierOf(hex: string): Uint8Array {
  return derValue(OBJECT_IDENTIFIER, Uint8Array.fromHex(hex));
}

function known<T>(value: T | undefined, what: string): T {
  if (value === undefined)
    throw new PrivateKeyError('unsupported', `the ${what} of its encryption is not known`);
  return value;
}
