/** Spent by one key in the window that began at `start`. */
interface Window {
  readonly start: number;
  readonly end: number;
  readonly spent: number;
}

/** Keys remembered at once; beyond that the oldest are forgotten, so that no flood of addresses fills the memory. */
const MAX_KEYS = 50_000;

/** Counts in fixed windows of time, in the memory of this process. */
export class RateCounter {
  readonly #windows = new Map<string, Window>();

  /**
   * Takes `cost` and gives 0; or takes nothing and gives the whole seconds until the window ends, because `limit`
   * would be exceeded. A cost of 0 asks whether a cost of 1 would be granted.
   * @param now Unix seconds.
   */
  spend(key: string, cost: number, limit: number, seconds: number, now: number): number {
    const known = this.#windows.get(key);
    const window =
      known !== undefined && now < known.end ? known : { start: now, end: now + seconds, spent: 0 };
    if (window.spent + Math.max(cost, 1) > limit) return Math.max(1, Math.ceil(window.end - now));
    if (cost === 0) return 0;
    this.#windows.delete(key);
    this.#windows.set(key, { ...window, spent: window.spent + cost });
    if (this.#windows.size > MAX_KEYS) this.#forgetOldest();
    return 0;
  }

  /** Forgets windows that are over. */
  collect(now: number): void {
    for (const [key, { end }] of this.#windows) if (now >= end) this.#windows.delete(key);
  }

  #forgetOldest(): void {
    for (const key of this.#windows.keys()) {
      this.#windows.delete(key);
      return;
    }
  }
}
