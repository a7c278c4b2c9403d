import { overLimit } from './errors.ts';

/** Counts requests that wait, in all and for each address. */
export class Polls {
  readonly #max: number;
  readonly #maxPerAddress: number;
  readonly #waiting = new Map<string, number>();
  #total = 0;

  constructor(max: number, maxPerAddress: number) {
    this.#max = max;
    this.#maxPerAddress = maxPerAddress;
  }

  get total(): number {
    return this.#total;
  }

  /** Runs `wait` unless too many wait already. @throws {Refusal} */
  async run<T>(address: string, wait: () => Promise<T>): Promise<T> {
    const own = this.#waiting.get(address) ?? 0;
    if (this.#total >= this.#max || own >= this.#maxPerAddress) throw overLimit('waiting requests', 5);
    this.#total += 1;
    this.#waiting.set(address, own + 1);
    try {
      return await wait();
    } finally {
      this.#total -= 1;
      this.#leave(address);
    }
  }

  #leave(address: string): void {
    const left = (this.#waiting.get(address) ?? 1) - 1;
    if (left === 0) this.#waiting.delete(address);
    else this.#waiting.set(address, left);
  }
}
