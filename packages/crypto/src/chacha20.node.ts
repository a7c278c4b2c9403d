// ChaCha20 in its first form (D. J. Bernstein, "ChaCha, a variant of Salsa20") for a few blocks, which are here before
// OpenSSL has made a cipher. It adds, rotates and XORs only: how long it takes tells nothing.

/** "expand 32-byte k". */
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;
const BLOCK = 64;
/** Word of the block counter, which has 64 bits. */
const COUNTER = 12;

/** The words of the block at hand. */
const words = new Uint32Array(16);
const block = new Uint8Array(words.buffer);

/** Where a key stream is: constants, key, counter, nonce. @param start 8 bytes of counter, 8 of nonce. */
export function chaCha20State(key: Uint8Array, start: Uint8Array): Uint32Array {
  const state = new Uint32Array(16);
  state.set(CONSTANTS);
  const bytes = new Uint8Array(state.buffer);
  bytes.set(key, 16);
  bytes.set(start, 48);
  return state;
}

/** XORs bytes with the key stream, and counts the blocks that this took. */
export function xorChaCha20(state: Uint32Array, bytes: Uint8Array): Uint8Array {
  const output = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += BLOCK) {
    fillBlock(state);
    const end = Math.min(BLOCK, bytes.length - at);
    for (let index = 0; index < end; index++)
      output[at + index] = (bytes[at + index] ?? 0) ^ (block[index] ?? 0);
    countBlocks(state, 1);
  }
  block.fill(0);
  return output;
}

function countBlocks(state: Uint32Array, blocks: number): void {
  const low = (state[COUNTER] ?? 0) + blocks;
  state[COUNTER] = low;
  if (low > 0xffff_ffff) state[COUNTER + 1] = (state[COUNTER + 1] ?? 0) + 1;
}

function fillBlock(state: Uint32Array): void {
  words.set(state);
  for (let round = 0; round < 20; round += 2) {
    quarterRound(0, 4, 8, 12);
    quarterRound(1, 5, 9, 13);
    quarterRound(2, 6, 10, 14);
    quarterRound(3, 7, 11, 15);
    quarterRound(0, 5, 10, 15);
    quarterRound(1, 6, 11, 12);
    quarterRound(2, 7, 8, 13);
    quarterRound(3, 4, 9, 14);
  }
  for (let index = 0; index < 16; index++) words[index] = (words[index] ?? 0) + (state[index] ?? 0);
}

function quarterRound(a: number, b: number, c: number, d: number): void {
  let wa = words[a] ?? 0;
  let wb = words[b] ?? 0;
  let wc = words[c] ?? 0;
  let wd = words[d] ?? 0;
  wa = (wa + wb) | 0;
  wd = rotate(wd ^ wa, 16);
  wc = (wc + wd) | 0;
  wb = rotate(wb ^ wc, 12);
  wa = (wa + wb) | 0;
  wd = rotate(wd ^ wa, 8);
  wc = (wc + wd) | 0;
  wb = rotate(wb ^ wc, 7);
  words[a] = wa;
  words[b] = wb;
  words[c] = wc;
  words[d] = wd;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
