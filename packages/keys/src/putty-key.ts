// PuTTY's private key files, encrypted or not (PuTTY manual, appendix C.2 and C.4).
import { FormatError, Writer, concat, utf8 } from '@orrery/bytes';
import {
  type Argon2Cost,
  type Argon2Kind,
  argon2,
  equalSecret,
  hmacSha256,
  insecureAesCbcDecrypt,
  insecureAesCbcEncrypt,
  insecureHmacSha1,
  insecureSha1,
  randomBytes,
  wipe,
} from '@orrery/crypto';
import { PrivateKeyError, passphraseNeeded, passphraseWrong } from './private-key-error.ts';
import type { PrivateKey } from './private-key.ts';
import { CIPHER, type PuttyDerivation, type PuttyFile, printPuttyFile, readPuttyFile } from './putty-file.ts';
import { printPuttyNumbers, readPuttyNumbers } from './putty-numbers.ts';

const BLOCK_LENGTH = 16;
const KEY_LENGTH = 32;
const MAC_KEY_LENGTH = 32;
const SALT_LENGTH = 16;
/** What puttygen takes at least, which is a tenth of a second. */
const DEFAULT_COST: Argon2Cost = { memory: 8192, passes: 13, parallelism: 1 };
/** Most that a file may ask for: a second or two. */
const MAX_MEMORY = 2 ** 20;
const MAX_WORK = 2 ** 21;
const MAX_PARALLELISM = 16;
const NO_BYTES = new Uint8Array();

const kinds: ReadonlyMap<string, Argon2Kind> = new Map([
  ['Argon2id', 'argon2id'],
  ['Argon2i', 'argon2i'],
  ['Argon2d', 'argon2d'],
]);

/** How a file is written. Version 2 slows nobody down who guesses passphrases, and has SHA-1. */
export interface PuttyFormat {
  /** 3 by default. */
  readonly version?: 2 | 3;
  /** Of Argon2id, for version 3: 8192 KiB, 13 passes and one lane by default. */
  readonly cost?: Argon2Cost;
}

interface Keys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly mac: Uint8Array;
}

/** The key of a file that is not encrypted. @throws {PrivateKeyError | FormatError | RangeError} */
export function readPuttyKey(bytes: Uint8Array): PrivateKey {
  const file = readPuttyFile(bytes);
  if (isEncrypted(file)) throw passphraseNeeded();
  return readClear(file);
}

/** The same for a file that may be encrypted. */
export async function decryptPuttyKey(bytes: Uint8Array, passphrase: Uint8Array): Promise<PrivateKey> {
  const file = readPuttyFile(bytes);
  if (!isEncrypted(file)) return readClear(file);
  if (passphrase.length === 0) throw passphraseNeeded();
  if (file.secret.length === 0 || file.secret.length % BLOCK_LENGTH !== 0)
    throw new FormatError('Cannot read PuTTY key: its ciphertext is not whole');
  const keys = await deriveKeys(file, passphrase);
  const plaintext = insecureAesCbcDecrypt(keys.key, keys.iv, file.secret);
  try {
    if (!equalSecret(macOf(file, keys.mac, plaintext), file.mac)) throw passphraseWrong();
    return readNumbers(file, plaintext, BLOCK_LENGTH - 1);
  } finally {
    wipe(keys.key, keys.iv, keys.mac, plaintext);
  }
}

function readClear(file: PuttyFile): PrivateKey {
  if (!equalSecret(macOf(file, clearMacKey(file.version), file.secret), file.mac))
    throw new FormatError('Cannot read PuTTY key: its MAC is another');
  try {
    return readNumbers(file, file.secret, 0);
  } finally {
    wipe(file.secret);
  }
}

function readNumbers(file: PuttyFile, plaintext: Uint8Array, maxPadding: number): PrivateKey {
  const key = readPuttyNumbers(file.type, file.publicKey, plaintext, maxPadding);
  return { ...key, comment: new TextDecoder().decode(file.comment) };
}

/** The text of a file with the key in clear. @throws {RangeError} for a type or a comment that it cannot have */
export function printPuttyKey(key: PrivateKey, { version = 3 }: PuttyFormat = {}): Uint8Array {
  const secret = printPuttyNumbers(key);
  const file = { ...fieldsOf(key), version, encryption: 'none', secret };
  const text = printPuttyFile({ ...file, mac: macOf(file, clearMacKey(version), secret) });
  wipe(secret);
  return text;
}

/** The text of a file with the key encrypted. @throws {RangeError} also for no passphrase and a cost that is too high */
export async function encryptPuttyKey(
  key: PrivateKey,
  passphrase: Uint8Array,
  { version = 3, cost = DEFAULT_COST }: PuttyFormat = {},
): Promise<Uint8Array> {
  if (passphrase.length === 0) throw new RangeError('Cannot encrypt private key: the passphrase is empty');
  const derivation = { ...cost, kind: 'Argon2id', salt: randomBytes(SALT_LENGTH) };
  if (version === 3 && !isBearable(derivation))
    throw new RangeError(
      `Cannot encrypt private key by Argon2 with ${cost.memory} KiB, ${cost.passes} passes and parallelism ${cost.parallelism}: no reader has to take that`,
    );
  const file = { ...fieldsOf(key), version, encryption: CIPHER, ...(version === 3 && { derivation }) };
  const numbers = printPuttyNumbers(key);
  const padding = (BLOCK_LENGTH - (numbers.length % BLOCK_LENGTH)) % BLOCK_LENGTH;
  const plaintext = concat(numbers, randomBytes(padding));
  const keys = await deriveKeys(file, passphrase);
  const text = printPuttyFile({
    ...file,
    secret: insecureAesCbcEncrypt(keys.key, keys.iv, plaintext),
    mac: macOf(file, keys.mac, plaintext),
  });
  wipe(keys.key, keys.iv, keys.mac, numbers, plaintext);
  return text;
}

function fieldsOf({
  type,
  publicKey,
  comment,
}: PrivateKey): Pick<PuttyFile, 'type' | 'publicKey' | 'comment'> {
  if (/[\r\n]/.test(comment))
    throw new RangeError(
      `Cannot write PuTTY key with the comment ${JSON.stringify(comment)}: one line expected`,
    );
  return { type, publicKey, comment: utf8(comment) };
}

function isEncrypted({ encryption }: PuttyFile): boolean {
  if (encryption !== 'none' && encryption !== CIPHER)
    throw new PrivateKeyError(
      'unsupported',
      `it is encrypted by ${JSON.stringify(encryption)}, which is not known`,
    );
  return encryption === CIPHER;
}

async function deriveKeys(
  { version, derivation }: Pick<PuttyFile, 'version' | 'derivation'>,
  passphrase: Uint8Array,
): Promise<Keys> {
  if (version === 2) return deriveWithSha1(passphrase);
  const kind = kinds.get(derivation?.kind ?? '');
  if (derivation === undefined || kind === undefined)
    throw new PrivateKeyError('unsupported', 'the key derivation of its encryption is not known');
  const { memory, passes, parallelism, salt } = derivation;
  if (!isBearable(derivation))
    throw new PrivateKeyError(
      'unsupported',
      `Argon2 has ${memory} KiB, ${passes} passes and parallelism ${parallelism}, at most ${MAX_MEMORY} KiB, ${MAX_WORK} KiB over all passes and ${MAX_PARALLELISM} expected`,
    );
  const length = KEY_LENGTH + BLOCK_LENGTH + MAC_KEY_LENGTH;
  const bytes = await argon2(kind, passphrase, salt, { memory, passes, parallelism }, length);
  return {
    key: bytes.subarray(0, KEY_LENGTH),
    iv: bytes.subarray(KEY_LENGTH, KEY_LENGTH + BLOCK_LENGTH),
    mac: bytes.subarray(KEY_LENGTH + BLOCK_LENGTH),
  };
}

function isBearable({ memory, passes, parallelism }: PuttyDerivation): boolean {
  return memory <= MAX_MEMORY && memory * passes <= MAX_WORK && parallelism <= MAX_PARALLELISM;
}

function deriveWithSha1(passphrase: Uint8Array): Keys {
  const hashes = [0, 1].map((counter) => insecureSha1(concat(Uint8Array.of(0, 0, 0, counter), passphrase)));
  const key = concat(...hashes).slice(0, KEY_LENGTH);
  wipe(...hashes);
  return { key, iv: new Uint8Array(BLOCK_LENGTH), mac: macKeyOfVersion2(passphrase) };
}

function clearMacKey(version: 2 | 3): Uint8Array {
  return version === 2 ? macKeyOfVersion2(NO_BYTES) : NO_BYTES;
}

function macKeyOfVersion2(passphrase: Uint8Array): Uint8Array {
  return insecureSha1(concat(utf8('putty-private-key-file-mac-key'), passphrase));
}

/** Over all that a file says, with the private numbers and their padding in clear. */
function macOf(
  { version, type, encryption, comment, publicKey }: Omit<PuttyFile, 'secret' | 'mac'>,
  key: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const data = new Writer()
    .text(type)
    .text(encryption)
    .string(comment)
    .string(publicKey)
    .string(plaintext)
    .finish();
  const mac = version === 2 ? insecureHmacSha1(key, data) : hmacSha256(key, data);
  wipe(data);
  return mac;
}
