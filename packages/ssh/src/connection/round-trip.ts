// How long a message and its answer take: windows follow from it.
import { monotonicMilliseconds } from './clock.ts';

/** At most so often, in milliseconds, a message is sent only to measure. */
const MEASURE_EVERY = 1000;

export class RoundTrip {
  readonly #ask: () => Promise<unknown>;
  readonly #now: () => number;
  #shortest: number | undefined;
  #measuredAt = -Infinity;
  #isMeasuring = false;

  /** @param ask Sends something that is answered at once. @param now In milliseconds. */
  constructor(ask: () => Promise<unknown>, now: () => number = monotonicMilliseconds) {
    this.#ask = ask;
    this.#now = now;
  }

  /** The shortest that was seen, in milliseconds, or undefined at first. Being asked for it, it is measured again. */
  get milliseconds(): number | undefined {
    const started = this.#now();
    if (!this.#isMeasuring && started - this.#measuredAt >= MEASURE_EVERY) {
      this.#isMeasuring = true;
      this.#measuredAt = started;
      const answer = this.#ask();
      this.learn(answer);
      void answer.then(() => {
        this.#isMeasuring = false;
      });
    }
    return this.#shortest;
  }

  /** Learns from anything that was asked just now. */
  learn(answer: Promise<unknown>): void {
    const started = this.#now();
    answer.then(
      () => {
        this.#shortest = Math.min(this.#shortest ?? Infinity, this.#now() - started);
      },
      () => undefined,
    );
  }
}
