// RFC 4254, section 5.2: how much may be on its way. The window grows to what bandwidth and delay need.
import { monotonicMilliseconds } from './clock.ts';

const INITIAL = 2 * 1024 * 1024;

/** Largest window unless the caller says otherwise, in bytes. */
export const MAX_WINDOW = 32 * 1024 * 1024;

const LIMIT = 0xffff_ffff;

/** What a window follows. */
export interface Delay {
  /** Of a round trip; undefined if it is not known yet. */
  readonly milliseconds: number | undefined;
}

/** What this side lets the other send. */
export class ReceiveWindow {
  readonly #max: number;
  readonly #delay: Delay;
  readonly #now: () => number;
  /** What may be on its way at most. */
  #size: number;
  /** What the other side may still send. */
  #left: number;
  /** What was taken and not yet given back. */
  #taken = 0;
  /** When something was given back last. */
  #since: number;

  /** @param now In milliseconds. */
  constructor(max: number, delay: Delay, now: () => number = monotonicMilliseconds) {
    this.#max = Math.min(max, LIMIT);
    this.#delay = delay;
    this.#now = now;
    this.#size = Math.min(INITIAL, this.#max);
    this.#left = this.#size;
    this.#since = now();
  }

  get initial(): number {
    return this.#size;
  }

  /** Notes bytes that came; false if there were more than allowed. */
  receive(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  /** Notes bytes that the consumer took; what to give back to the sender now, or 0. */
  take(bytes: number): number {
    this.#taken += bytes;
    if (this.#taken < this.#size / 4) return 0;
    const growth = this.#growth();
    const credit = this.#taken + growth;
    this.#size += growth;
    this.#left += credit;
    this.#taken = 0;
    return credit;
  }

  /**
   * Room for twice what would come in a round trip if it came without a pause. A sender that the window holds up sends in
   * bursts, and within one of them the line shows what it carries; at most the window doubles, as it may have been less.
   */
  #growth(): number {
    if (this.#size >= this.#max) return 0;
    const delay = this.#delay.milliseconds;
    const elapsed = this.#now() - this.#since;
    this.#since += elapsed;
    if (delay === undefined || elapsed === 0) return 0;
    const room = Math.floor((this.#taken / elapsed) * delay * 2);
    return Math.max(0, Math.min(room, 2 * this.#size, this.#max) - this.#size);
  }
}

/** What the other side lets this one send. */
export class SendWindow {
  #left: number;

  constructor(initial: number) {
    this.#left = initial;
  }

  get left(): number {
    return this.#left;
  }

  use(bytes: number): void {
    this.#left -= bytes;
  }

  /** False if it would become larger than 2^32 - 1 bytes, which is forbidden. */
  add(bytes: number): boolean {
    this.#left += bytes;
    return this.#left <= LIMIT;
  }
}
