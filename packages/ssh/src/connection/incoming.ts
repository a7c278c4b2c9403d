// What came on a channel waits until its consumer asks for it; only then the sender may send as much again.
import type { Readable } from 'node:stream';

/** Pieces below this size are put together while they wait: of single bytes, a window would fill the memory. */
const SMALL = 4096;
const TOGETHER = 32 * 1024;

/** One readable side of a channel. */
export class Incoming {
  readonly #stream: Readable;
  readonly #taken: (bytes: number) => void;
  #held: Uint8Array[] = [];
  /** Room behind the last of `#held`. */
  #room: Uint8Array = new Uint8Array();
  #wanted = false;
  #ended = false;
  #toldEnd = false;
  #isRefused = false;

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

  /** What comes after the end, or is refused, is dropped; its sender must not be held up. */
  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#ended || this.#isRefused) return this.#taken(bytes.length);
    if (this.#wanted || bytes.length >= SMALL) {
      this.#held.push(bytes);
      this.#room = new Uint8Array();
    } else this.#join(bytes);
    this.#give();
  }

  /** No more will come. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#give();
  }

  /** Drops what waits and what will come. */
  refuse(): void {
    this.#isRefused = true;
    const held = this.#held.splice(0);
    for (const { length } of held) this.#taken(length);
    this.#give();
  }

  #join(bytes: Uint8Array): void {
    const last = this.#held.at(-1);
    if (last === undefined || this.#room.length < bytes.length) {
      const space = new Uint8Array(TOGETHER);
      space.set(bytes);
      this.#held.push(space.subarray(0, bytes.length));
      this.#room = space.subarray(bytes.length);
      return;
    }
    this.#room.set(bytes);
    this.#room = this.#room.subarray(bytes.length);
    this.#held[this.#held.length - 1] = new Uint8Array(
      last.buffer,
      last.byteOffset,
      last.length + bytes.length,
    );
  }

  #give(): void {
    while (this.#wanted) {
      const bytes = this.#held.shift();
      if (bytes === undefined) break;
      this.#wanted = false;
      const { length } = bytes; // which they lose if the consumer gives them back at once
      if (this.#stream.push(bytes)) this.#wanted = true;
      this.#taken(length);
    }
    if (this.#held.length > 0) return;
    this.#room = new Uint8Array();
    if (!this.#ended || this.#toldEnd) return;
    this.#toldEnd = true;
    this.#stream.push(null);
  }
}
