// The keys of an agent, which all of its connections share.
import { timerDelay } from '../timer-delay.ts';
import type { AddedKey } from './added-key.ts';
import { AgentLock } from './agent-lock.ts';
import type { Destination, KeyConstraints } from './constraints.ts';
import { MAX_KEYS, MAX_MESSAGE } from './messages.ts';

/** A key in an agent. */
export interface HeldKey extends AddedKey {
  readonly confirm: boolean;
  /** Where it may be used; undefined: everywhere. */
  readonly destinations: readonly Destination[] | undefined;
}

interface Entry {
  readonly key: HeldKey;
  /** In milliseconds since 1970; Infinity: never. */
  readonly expires: number;
  timer: NodeJS.Timeout | undefined;
}

export interface KeyStoreOptions {
  /** Of keys that come without one; absent or 0: for ever. */
  readonly lifetimeSeconds?: number | undefined;
  /** Told when keys are no longer held: what is left of them in memory may be collected. */
  readonly onForget?: (() => void) | undefined;
}

export class KeyStore {
  readonly lock = new AgentLock();
  readonly #options: KeyStoreOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: KeyStoreOptions = {}) {
    this.#options = options;
  }

  /**
   * Holds a key, in the place of the same key if it is held already.
   * @returns false if the list of all keys would be longer than clients read
   */
  add(key: AddedKey, constraints: KeyConstraints): boolean {
    const name = key.publicKey.toHex();
    const others = this.list().filter(({ publicKey }) => publicKey.toHex() !== name);
    if (others.length >= MAX_KEYS || listLength([...others, key]) > MAX_MESSAGE) return false;
    const { confirm = false, destinations } = constraints;
    // A key that may be held for 0 seconds is gone at once, as in OpenSSH.
    const seconds = constraints.lifetimeSeconds ?? (this.#options.lifetimeSeconds || Infinity);
    this.#stop(name);
    const entry: Entry = {
      key: { ...key, confirm, destinations },
      expires: Date.now() + seconds * 1000,
      timer: undefined,
    };
    this.#entries.set(name, entry);
    this.#await(name, entry, seconds);
    return true;
  }

  /** By its blob. */
  get(publicKey: Uint8Array): HeldKey | undefined {
    const name = publicKey.toHex();
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.expires > Date.now()) return entry?.key;
    this.#forget(name);
    return undefined;
  }

  /** In the order in which they came. */
  list(): readonly HeldKey[] {
    const now = Date.now();
    for (const [name, { expires }] of this.#entries) if (expires <= now) this.#forget(name);
    return [...this.#entries.values()].map(({ key }) => key);
  }

  /** @returns false if there was none. */
  remove(publicKey: Uint8Array): boolean {
    const isHeld = this.get(publicKey) !== undefined;
    if (isHeld) this.#forget(publicKey.toHex());
    return isHeld;
  }

  clear(): void {
    for (const name of this.#entries.keys()) this.#forget(name);
  }

  #forget(name: string): void {
    this.#stop(name);
    this.#entries.delete(name);
    this.#options.onForget?.();
  }

  #stop(name: string): void {
    clearTimeout(this.#entries.get(name)?.timer);
  }

  /** Forgets the key at its end, though nobody should ask for it, and though somebody should turn the clock back. */
  #await(name: string, entry: Entry, seconds: number): void {
    if (seconds === Infinity) return;
    const delay = timerDelay(seconds);
    entry.timer = setTimeout(() => {
      const left = seconds - delay / 1000;
      if (left > 0) this.#await(name, entry, left);
      else this.#forget(name);
    }, delay).unref();
  }
}

/** Of the message that lists them, in bytes; a character of a comment has up to three in UTF-8. */
function listLength(keys: readonly AddedKey[]): number {
  return keys.reduce((sum, { publicKey, comment }) => sum + 8 + publicKey.length + 3 * comment.length, 5);
}
