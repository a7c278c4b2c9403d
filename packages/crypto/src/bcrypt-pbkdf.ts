// bcrypt_pbkdf of OpenBSD, by which OpenSSH encrypts private keys.
import { utf8 } from '@orrery/bytes';
import { encryptBlock, expandKey, startBlowfish, wordsOf } from './blowfish.ts';
import { sha512 } from './hash.ts';
import { wipe } from './secret.ts';

const HASH_LENGTH = 32;
const MAX_LENGTH = HASH_LENGTH ** 2;
/** Longest salt, in bytes. */
const MAX_SALT = 2 ** 20;
/** Times that the key schedule is run, and then the text encrypted. */
const COST = 64;
const TEXT = utf8('OxychromaticBlowfishSwatDynamite');

/**
 * A key from a passphrase. It blocks for as long as the rounds take, about 10 milliseconds each for 33 to 64 bytes: the caller
 * bounds them.
 *
 * @param length Of the key, in bytes: 1 to 1024.
 * @throws {RangeError} passphrase or salt is empty, the salt longer than 2^20 bytes, or a number out of its range
 */
export function bcryptPbkdf(
  passphrase: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  length: number,
): Uint8Array {
  checkArguments(passphrase, salt, rounds, length);
  const key = new Uint8Array(length);
  const hashed = sha512(passphrase);
  const blocks = Math.ceil(length / HASH_LENGTH);
  const taken = Math.ceil(length / blocks); // of each block
  for (let block = 0; block < blocks; block += 1) {
    const bytes = deriveBlock(hashed, salt, block + 1, rounds);
    // Every block has a part in the whole key.
    for (let index = 0; index < taken && index * blocks + block < length; index += 1)
      key[index * blocks + block] = bytes[index] ?? 0;
    wipe(bytes);
  }
  wipe(hashed);
  return key;
}

function checkArguments(passphrase: Uint8Array, salt: Uint8Array, rounds: number, length: number): void {
  if (passphrase.length === 0) throw new RangeError('Cannot run bcrypt: the passphrase is empty');
  if (salt.length === 0 || salt.length > MAX_SALT)
    throw new RangeError(
      `Cannot run bcrypt: found a salt of ${salt.length} bytes, 1 to ${MAX_SALT} expected`,
    );
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    throw new RangeError(`Cannot run bcrypt for ${rounds} rounds: 1 or more expected`);
  if (!Number.isSafeInteger(length) || length < 1 || length > MAX_LENGTH)
    throw new RangeError(`Cannot run bcrypt for ${length} bytes: 1 to ${MAX_LENGTH} expected`);
}

/** As in PBKDF2: the sum of all rounds, each with the result of the one before as its salt. */
function deriveBlock(passphrase: Uint8Array, salt: Uint8Array, number: number, rounds: number): Uint8Array {
  const numbered = new Uint8Array(salt.length + 4);
  numbered.set(salt);
  new DataView(numbered.buffer).setUint32(salt.length, number);
  let latest = hash(passphrase, sha512(numbered));
  const sum = latest.slice();
  for (let round = 1; round < rounds; round += 1) {
    const next = hash(passphrase, sha512(latest));
    wipe(latest);
    latest = next;
    for (const [index, byte] of latest.entries()) sum[index] = (sum[index] ?? 0) ^ byte;
  }
  wipe(latest);
  return sum;
}

/** bcrypt_hash: both are of 64 bytes, and hashes; the result has 32. */
function hash(passphrase: Uint8Array, salt: Uint8Array): Uint8Array {
  const [key, salted] = [wordsOf(passphrase), wordsOf(salt)];
  const cipher = startBlowfish();
  expandKey(cipher, key, salted);
  for (let count = 0; count < COST; count += 1) {
    expandKey(cipher, salted);
    expandKey(cipher, key);
  }
  const words = wordsOf(TEXT);
  for (let at = 0; at < words.length; at += 2)
    for (let count = 0; count < COST; count += 1) encryptBlock(cipher, words.subarray(at, at + 2));
  for (const secret of [key, salted, cipher.subkeys, cipher.boxes]) secret.fill(0);
  const result = new Uint8Array(HASH_LENGTH);
  const view = new DataView(result.buffer);
  for (const [index, word] of words.entries()) view.setInt32(4 * index, word, true);
  words.fill(0);
  return result;
}
