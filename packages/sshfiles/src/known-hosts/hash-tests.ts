import { equal } from '@orrery/bytes';
import { insecureHmacSha1 } from '@orrery/crypto';
import { type ByteString, fromByteString } from '../config/tokens.ts';
import type { HashedHost } from './hosts.ts';

/**
 * How many pairs of a hashed host and a name are compared in one merge or one review: about a quarter of a second. What
 * is not compared counts as a different host in a merge, and must be accepted in a review.
 */
export const maxHashTests = 100_000;

/** Compares hashed hosts with names, until the limit is reached. */
export class HashTests {
  #left = maxHashTests;

  /**
   * The first host that `name` hashes to, false if there is none. undefined: not all could be compared within the
   * limit.
   */
  firstHost<Item extends { readonly host: HashedHost }>(
    items: readonly Item[],
    name: ByteString,
  ): Item | false | undefined {
    if (!this.#take(items.length)) return undefined;
    const bytes = fromByteString(name);
    return items.find(({ host }) => hashesTo(host, bytes)) ?? false;
  }

  /** The first of `names` that hashes to `host`; undefined if there is none, or if the limit does not allow it. */
  firstName(host: HashedHost, names: readonly ByteString[]): ByteString | undefined {
    if (!this.#take(names.length)) return undefined;
    return names.find((name) => hashesTo(host, fromByteString(name)));
  }

  #take(count: number): boolean {
    if (count > this.#left) return false;
    this.#left -= count;
    return true;
  }
}

/** Whether a hashed host is the host of this name. */
export function hashesTo(host: HashedHost, name: Uint8Array): boolean {
  return equal(insecureHmacSha1(host.salt, name), host.hash);
}
