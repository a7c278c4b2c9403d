// What came on a channel waits until its consumer asks for it; only then the sender may send as much again.
import type { Readable } from 'node:stream';

/** One readable side of a channel. */
export class Incoming {
  readonly #stream: Readable;
  readonly #taken: (bytes: number) => void;
  #held: Uint8Array[] = [];
  #wanted = false;
  #ended = false;

  /** @param taken Is told how many bytes the consumer took. */
  constructor(stream: Readable, taken: (bytes: number) => void) {
    this.#stream = stream;
    this.#taken = taken;
  }

  /** The consumer asks for more. */
  want(): void {
    this.#wanted = true;
    this.#give();
  }

  add(bytes: Uint8Array): void {
    this.#held.push(bytes);
    this.#give();
  }

  /** No more will come. */
  end(): void {
    this.#ended = true;
    this.#give();
  }

  #give(): void {
    while (this.#wanted) {
      const bytes = this.#held.shift();
      if (bytes === undefined) break;
      this.#wanted = this.#stream.push(bytes);
      this.#taken(bytes.length);
    }
    if (this.#ended && this.#held.length === 0) {
      this.#ended = false;
      this.#stream.push(null);
    }
  }
}
