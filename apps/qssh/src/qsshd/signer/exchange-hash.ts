// What a host key signs (RFC 4253, section 8; RFC 5656, section 4), looked at before it is hashed: the hash of an exchange
// with another host would make what a user proved there good here.
import { equal, FormatError, Reader } from '@orrery/bytes';
import { sha256, sha384, sha512 } from '@orrery/crypto';

/** By the length of the hash, in bytes. */
const functions: ReadonlyMap<number, (bytes: Uint8Array) => Uint8Array> = new Map([
  [32, sha256],
  [48, sha384],
  [64, sha512],
]);

const KEXINIT = 20;

/** Longest item, in bytes. */
const MAX_ITEM = 150_000;

/** undefined if there is no function with such hashes. */
export function exchangeHash(input: Uint8Array, length: number): Uint8Array | undefined {
  return functions.get(length)?.(input);
}

/** Whether these are both sides' identifications and lists, this host key, what they sent for the exchange, and a secret. */
export function isExchange(input: Uint8Array, hostKey: Uint8Array): boolean {
  try {
    const reader = new Reader(input);
    const lines = [reader.text(255), reader.text(255)];
    const lists = [reader.string(MAX_ITEM), reader.string(MAX_ITEM)];
    const key = reader.string(MAX_ITEM);
    const parts = [reader.string(MAX_ITEM), reader.string(MAX_ITEM), reader.string(MAX_ITEM)];
    reader.end();
    return (
      lines.every((line) => line.startsWith('SSH-')) &&
      lists.every(([number]) => number === KEXINIT) &&
      equal(key, hostKey) &&
      parts.every(({ length }) => length > 0)
    );
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}
