import type { KnownDevice, Sighting, Store } from './store/store.ts';

/** Seconds by which what is known of a device may be late. */
const PRECISION = 60;

/** Sightings that wait at most; the others are noted when they come again. */
const MAX_WAITING = 10_000;

/** Collects when devices were seen, so that reading needs no write: at most one a minute for each, many at once. */
export class Sightings {
  readonly #store: Store;
  readonly #waiting = new Map<string, Sighting>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** @param now Unix seconds. */
  note({ account, id, seen }: KnownDevice, now: number): void {
    const isKnown = seen !== undefined && now - seen < PRECISION;
    if (isKnown || this.#waiting.size >= MAX_WAITING) return;
    this.#waiting.set(`${account}/${id.toHex()}`, { account, device: id, seen: now });
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const sightings = [...this.#waiting.values()];
    this.#waiting.clear();
    await this.#store.markSeen(sightings);
  }
}
