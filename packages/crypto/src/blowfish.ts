// Blowfish (Schneier 1993) with the key schedule of bcrypt (Provos and Mazieres 1999), on words of 32 bits.
import { piFraction } from './pi.ts';

/** Subkeys of the rounds. */
const SUBKEYS = 18;
/** Four tables of 256 words, one after the other. */
const BOXES = 1024;
/** Words of a key and of a salt here: a hash by SHA-512. */
const KEY_WORDS = 16;
const NO_SALT = new Int32Array(KEY_WORDS);

/** The state of a cipher. It is as secret as what it was made of; the caller wipes it. */
export interface Blowfish {
  readonly subkeys: Int32Array;
  readonly boxes: Int32Array;
}

/** A cipher before any key. */
export function startBlowfish(): Blowfish {
  const words = wordsOf(piFraction());
  return { subkeys: words.slice(0, SUBKEYS), boxes: words.slice(SUBKEYS, SUBKEYS + BOXES) };
}

/** Big-endian. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Int32Array.from({ length: bytes.length / 4 }, (_, index) => view.getInt32(4 * index));
}

/**
 * Works a key into the state.
 * @param key Of 16 words. @param salt The same; absent: none.
 */
export function expandKey(cipher: Blowfish, key: Int32Array, salt: Int32Array = NO_SALT): void {
  const { subkeys, boxes } = cipher;
  for (let index = 0; index < SUBKEYS; index += 1)
    subkeys[index] = (subkeys[index] ?? 0) ^ (key[index % KEY_WORDS] ?? 0);
  const block = new Int32Array(2);
  let at = 0;
  for (const table of [subkeys, boxes])
    for (let index = 0; index < table.length; index += 2) {
      block[0] = (block[0] ?? 0) ^ (salt[at] ?? 0);
      block[1] = (block[1] ?? 0) ^ (salt[at + 1] ?? 0);
      at = (at + 2) % KEY_WORDS;
      encryptBlock(cipher, block);
      table[index] = block[0];
      table[index + 1] = block[1];
    }
}

/** Encrypts two words in their place. */
export function encryptBlock({ subkeys, boxes }: Blowfish, block: Int32Array): void {
  let left = (block[0] ?? 0) ^ (subkeys[0] ?? 0);
  let right = block[1] ?? 0;
  for (let round = 1; round < SUBKEYS - 1; round += 2) {
    right ^= (subkeys[round] ?? 0) ^ mix(boxes, left);
    left ^= (subkeys[round + 1] ?? 0) ^ mix(boxes, right);
  }
  block[0] = right ^ (subkeys[SUBKEYS - 1] ?? 0);
  block[1] = left;
}

/** F. Its sums are modulo 2^32. */
function mix(boxes: Int32Array, word: number): number {
  const first = (boxes[word >>> 24] ?? 0) + (boxes[256 | ((word >>> 16) & 255)] ?? 0);
  return ((first ^ (boxes[512 | ((word >>> 8) & 255)] ?? 0)) + (boxes[768 | (word & 255)] ?? 0)) | 0;
}
