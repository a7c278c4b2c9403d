/** Lengths of the exchange hashes that there are, in bytes: SHA-256, SHA-384, SHA-512. */
const lengths = [32, 48, 64];

/** Hashes that are remembered. */
const MAX_REMEMBERED = 200_000;

/**
 * Lets through what can be an exchange hash, and each only once: the hash of a former connection, signed again, would
 * make a proof that a user gave there good for another connection.
 */
export class HashGate {
  readonly #seen = new Set<string>();

  admits(hash: Uint8Array): boolean {
    const text = hash.toBase64();
    if (!lengths.includes(hash.length) || this.#seen.has(text)) return false;
    this.#seen.add(text);
    const [oldest] = this.#seen;
    if (this.#seen.size > MAX_REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
    return true;
  }
}
