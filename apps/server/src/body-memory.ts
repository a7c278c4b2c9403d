import type { ServerResponse } from 'node:http';
import { brokenOff, Refusal } from './errors.ts';

/** Answers below this are not counted: the kernel takes them at once. */
const SMALL_ANSWER = 64 * 1024;

/** Seconds that a request waits for others to end. */
const PATIENCE_SECONDS = 30;

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

/** Counts the bytes of bodies in memory. Who needs more than is free waits until others have ended. */
export class BodyMemory {
  readonly #limit: number;
  readonly #answerSeconds: number;
  readonly #queue: Waiting[] = [];
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
  async hold(outgoing: ServerResponse, bytes: number): Promise<void> {
    await this.#acquire(outgoing, bytes);
    this.#releaseAtEnd(outgoing, bytes);
  }

  /** Waits until an answer of unknown size may be made. @throws {Refusal} */
  async awaitSpace(outgoing: ServerResponse): Promise<void> {
    await this.#acquire(outgoing, 1);
    this.#release(1);
  }

  /** Counts an answer that was made, and breaks off a client that does not take it in time. */
  holdAnswer(outgoing: ServerResponse, bytes: number): void {
    if (bytes < SMALL_ANSWER || outgoing.destroyed) return;
    this.#held += bytes;
    this.#releaseAtEnd(outgoing, bytes);
    const timer = setTimeout(() => outgoing.destroy(), this.#answerSeconds * 1000);
    outgoing.once('close', () => clearTimeout(timer));
  }

  async #acquire(outgoing: ServerResponse, bytes: number): Promise<void> {
    if (this.#queue.length > 0 || !this.#fits(bytes)) await this.#stand(outgoing, bytes);
    else this.#held += bytes;
    if (!outgoing.destroyed) return;
    this.#release(bytes);
    throw brokenOff();
  }

  /** One alone may be larger than all together. */
  #fits(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#limit;
  }

  #release(bytes: number): void {
    this.#held -= bytes;
    this.#advance();
  }

  #releaseAtEnd(outgoing: ServerResponse, bytes: number): void {
    outgoing.once('close', () => this.#release(bytes));
  }

  /** Lets those in who fit now, in the order in which they came. */
  #advance(): void {
    for (let [next] = this.#queue; next !== undefined && this.#fits(next.bytes); [next] = this.#queue) {
      this.#queue.shift();
      this.#held += next.bytes;
      next.enter();
    }
  }

  async #stand(outgoing: ServerResponse, bytes: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { bytes, enter: resolve };
    const leave = (reason: Refusal): void => {
      const place = this.#queue.indexOf(waiting);
      if (place < 0) return;
      this.#queue.splice(place, 1);
      reject(reason);
      this.#advance();
    };
    const goAway = (): void => leave(brokenOff());
    const timer = setTimeout(() => leave(tooBusy()), PATIENCE_SECONDS * 1000);
    this.#queue.push(waiting);
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
