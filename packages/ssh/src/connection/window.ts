// RFC 4254, section 5.2: how much may be on its way. The window grows to what bandwidth and delay need.

const INITIAL = 2 * 1024 * 1024;

/** Largest window unless the caller says otherwise, in bytes. */
export const MAX_WINDOW = 32 * 1024 * 1024;

/** What this side lets the other send. */
export class ReceiveWindow {
  readonly #max: number;
  /** What may be on its way at most. */
  #size: number;
  /** What the other side may still send. */
  #left: number;
  /** What was taken and not yet given back. */
  #taken = 0;

  constructor(max: number) {
    this.#max = max;
    this.#size = Math.min(INITIAL, max);
    this.#left = this.#size;
  }

  get initial(): number {
    return this.#size;
  }

  /** Notes bytes that came; false if there were more than allowed. */
  receive(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  /**
   * Notes bytes that the consumer took; what to give back to the sender now, or 0. A sender that has used up most of the
   * window although everything was taken at once waits for this side: the window doubles.
   */
  take(bytes: number): number {
    this.#taken += bytes;
    const buffered = this.#size - this.#left - this.#taken;
    if (this.#taken < this.#size / 4) return 0;
    const waits = this.#left < this.#size / 2 && buffered < this.#size / 8;
    const growth = waits ? Math.min(this.#size, this.#max - this.#size) : 0;
    const credit = this.#taken + growth;
    this.#size += growth;
    this.#left += credit;
    this.#taken = 0;
    return credit;
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
    return this.#left <= 0xffff_ffff;
  }
}
