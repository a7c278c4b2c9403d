import { timerDelay } from '../timer-delay.ts';

/** Does something once after a time, unless it is stopped before. It keeps no process alive. */
export class Alarm {
  readonly #action: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(action: () => void) {
    this.#action = action;
  }

  get isSet(): boolean {
    return this.#timer !== undefined;
  }

  /** @param seconds 0 for never. */
  set(seconds: number): void {
    this.stop();
    if (seconds === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#action();
    }, timerDelay(seconds));
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
