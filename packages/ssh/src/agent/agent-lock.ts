import { equalSecret, randomBytes, scrypt, wipe } from '@orrery/crypto';

/** What one guess costs whoever reads the memory of an agent. */
const COST = { N: 2 ** 14, r: 8, p: 1 };
const HASH_LENGTH = 32;
const SALT_LENGTH = 16;
/** Milliseconds that a wrong passphrase takes longer than the one before it, and how often. */
const DELAY = 100;
const MAX_DELAYS = 100;

/** Locks an agent by a passphrase (RFC 9987, section 3.7). */
export class AgentLock {
  #salt: Uint8Array = new Uint8Array();
  #hash: Uint8Array | undefined;
  #failures = 0;
  /** Guesses wait for each other. */
  #turn: Promise<unknown> = Promise.resolve();

  get isLocked(): boolean {
    return this.#hash !== undefined;
  }

  /** @returns false if it is locked already, or the passphrase is empty */
  lock(passphrase: Uint8Array): boolean {
    if (this.isLocked || passphrase.length === 0) return false;
    this.#salt = randomBytes(SALT_LENGTH);
    this.#hash = scrypt(passphrase, this.#salt, COST, HASH_LENGTH);
    return true;
  }

  /** Resolves to false for a wrong passphrase, a tenth of a second later than the last time, up to ten seconds. */
  unlock(passphrase: Uint8Array): Promise<boolean> {
    const attempt = this.#turn.then(() => this.#attempt(passphrase));
    this.#turn = attempt;
    return attempt;
  }

  async #attempt(passphrase: Uint8Array): Promise<boolean> {
    if (this.#hash === undefined) return false;
    const hash = scrypt(passphrase, this.#salt, COST, HASH_LENGTH);
    const isRight = equalSecret(hash, this.#hash);
    wipe(hash);
    if (isRight) {
      wipe(this.#hash);
      this.#hash = undefined;
      this.#failures = 0;
      return true;
    }
    this.#failures = Math.min(this.#failures + 1, MAX_DELAYS);
    return new Promise((resolve) => setTimeout(resolve, this.#failures * DELAY, false));
  }
}
