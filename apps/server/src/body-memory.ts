import type { ServerResponse } from 'node:http';
import { brokenOff, Refusal } from './errors.ts';

/** Answers below this are not counted: the kernel takes them at once. Requests below it have a reserve of their own. */
const SMALL = 64 * 1024;

/** What small requests may have beyond the limit, as a part of it. */
const RESERVE = 1 / 8;

/** Seconds that a request waits for others to end. */
const PATIENCE_SECONDS = 30;

/** Who a request is for: no one of them may have all the memory. */
export interface Owner {
  readonly key: string;
  /** The part of the memory that it may have. */
  readonly share: number;
}

interface Demand {
  readonly bytes: number;
  readonly owners: readonly Owner[];
}

interface Waiting extends Demand {
  readonly enter: () => void;
}

/**
 * Counts the bytes of bodies in memory. Who needs more than is free waits until others have ended; who needs more than
 * its owner may have waits for that owner's alone.
 */
export class BodyMemory {
  readonly #limit: number;
  readonly #answerSeconds: number;
  readonly #queue = new Set<Waiting>();
  readonly #used = new Map<string, number>();
  #held = 0;

  /** @param answerSeconds How long a client may take for a large answer. */
  constructor(limit: number, answerSeconds: number) {
    this.#limit = limit;
    this.#answerSeconds = answerSeconds;
  }

  get held(): number {
    return this.#held;
  }

  /** Holds `bytes` until the request ends. @throws {Refusal} 429 if they do not become free in time. */
  async hold(outgoing: ServerResponse, bytes: number, owners: readonly Owner[]): Promise<void> {
    await this.#acquire(outgoing, { bytes, owners });
    outgoing.once('close', () => this.#release({ bytes, owners }));
  }

  /** Waits until an answer of unknown size may be made. @throws {Refusal} */
  async awaitSpace(outgoing: ServerResponse, owners: readonly Owner[]): Promise<void> {
    const large = { bytes: SMALL + 1, owners };
    await this.#acquire(outgoing, large);
    this.#release(large);
  }

  /** Counts an answer that was made, and breaks off a client that does not take it in time. */
  holdAnswer(outgoing: ServerResponse, bytes: number, owners: readonly Owner[]): void {
    if (bytes < SMALL || outgoing.destroyed) return;
    this.#count({ bytes, owners });
    outgoing.once('close', () => this.#release({ bytes, owners }));
    const timer = setTimeout(() => outgoing.destroy(), this.#answerSeconds * 1000);
    outgoing.once('close', () => clearTimeout(timer));
  }

  async #acquire(outgoing: ServerResponse, demand: Demand): Promise<void> {
    await this.#stand(outgoing, demand);
    if (!outgoing.destroyed) return;
    this.#release(demand);
    throw brokenOff();
  }

  /** One alone may be larger than all together. */
  #hasRoom({ bytes }: Demand): boolean {
    const limit = bytes <= SMALL ? this.#limit * (1 + RESERVE) : this.#limit;
    return this.#held === 0 || this.#held + bytes <= limit;
  }

  #isInShares({ bytes, owners }: Demand): boolean {
    return owners.every(({ key, share }) => {
      const used = this.#used.get(key) ?? 0;
      return used === 0 || used + bytes <= this.#limit * share;
    });
  }

  #count({ bytes, owners }: Demand): void {
    this.#held += bytes;
    for (const { key } of owners) {
      const used = (this.#used.get(key) ?? 0) + bytes;
      if (used === 0) this.#used.delete(key);
      else this.#used.set(key, used);
    }
  }

  #release({ bytes, owners }: Demand): void {
    this.#count({ bytes: -bytes, owners });
    this.#advance();
  }

  /** Lets those in who fit now, in the order in which they came; whoever waits for an owner of its own holds nobody up. */
  #advance(): void {
    let full = false;
    for (const next of this.#queue) {
      if (!this.#isInShares(next) || (full && next.bytes > SMALL)) continue;
      if (this.#hasRoom(next)) {
        this.#queue.delete(next);
        this.#count(next);
        next.enter();
      } else full = true;
    }
  }

  async #stand(outgoing: ServerResponse, demand: Demand): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { ...demand, enter: resolve };
    this.#queue.add(waiting);
    this.#advance();
    if (!this.#queue.has(waiting)) return;
    const leave = (reason: Refusal): void => {
      if (!this.#queue.delete(waiting)) return;
      reject(reason);
      this.#advance();
    };
    const goAway = (): void => leave(brokenOff());
    const timer = setTimeout(() => leave(tooBusy()), PATIENCE_SECONDS * 1000);
    outgoing.once('close', goAway);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      outgoing.off('close', goAway);
    }
  }
}

function tooBusy(): Refusal {
  return new Refusal(429, 'busy', 'Too many large requests at once: try again in 5 s', 5);
}
