/** Hashes that are remembered. */
const MAX_REMEMBERED = 200_000;

/**
 * Lets each exchange hash through only once: that of a former connection, signed again, would make a proof that a user
 * gave there good for another connection.
 */
export class HashGate {
  readonly #seen = new Set<string>();

  admits(hash: Uint8Array): boolean {
    const text = hash.toBase64();
    if (this.#seen.has(text)) return false;
    this.#seen.add(text);
    const [oldest] = this.#seen;
    if (this.#seen.size > MAX_REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
    return true;
  }
}
