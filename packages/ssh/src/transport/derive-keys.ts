// RFC 4253, section 7.2.
import { concat, utf8 } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import type { CipherKeys, PacketCipher } from './packet-cipher.ts';

/** What both sides know once a key exchange is done. */
export interface ExchangeResult {
  readonly hash: (bytes: Uint8Array) => Uint8Array;
  /** K with its length, as the method encodes it. */
  readonly secret: Uint8Array;
  /** H. */
  readonly exchangeHash: Uint8Array;
  readonly sessionId: Uint8Array;
}

/** The letters by which the keys of each direction are told apart: IV, key, MAC key. */
const LETTERS = { toServer: ['A', 'C', 'E'], toClient: ['B', 'D', 'F'] } as const;

/** The keys of a cipher in one direction; to be wiped once they are imported. */
export function deriveKeys(
  result: ExchangeResult,
  way: keyof typeof LETTERS,
  cipher: PacketCipher,
): CipherKeys {
  const [iv, key, macKey] = LETTERS[way];
  return {
    iv: derive(result, iv, cipher.ivLength),
    key: derive(result, key, cipher.keyLength),
    macKey: derive(result, macKey, cipher.macKeyLength),
  };
}

function derive(
  { hash, secret, exchangeHash, sessionId }: ExchangeResult,
  letter: string,
  length: number,
): Uint8Array {
  if (length === 0) return new Uint8Array();
  const seed = concat(secret, exchangeHash);
  let key = hash(concat(seed, utf8(letter), sessionId));
  while (key.length < length) {
    const longer = concat(key, hash(concat(seed, key)));
    wipe(key);
    key = longer;
  }
  wipe(seed);
  return key.subarray(0, length);
}
