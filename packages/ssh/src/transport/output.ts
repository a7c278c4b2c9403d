// What goes out: all that is written in one turn of the event loop leaves together.
import type { Duplex } from 'node:stream';

/** Bytes that may wait: more leave together than the stream itself would ask for. */
const ENOUGH = 256 * 1024;

export class Output {
  readonly #stream: Duplex;
  #corked = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** Bytes that the other side has not taken. */
  get waiting(): number {
    return this.#stream.writableLength;
  }

  /** Whether more should wait: the stream tells by "drain" when no more. */
  get isFull(): boolean {
    return this.#stream.writableNeedDrain && this.#stream.writableLength >= ENOUGH;
  }

  write(chunks: readonly Uint8Array[]): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#stream.cork();
      queueMicrotask(() => this.#uncork());
    }
    for (const chunk of chunks) this.#stream.write(chunk);
  }

  /** Resolves when everything has left this process. */
  async drained(): Promise<void> {
    this.#uncork();
    if (this.#stream.writableLength === 0) return;
    await new Promise<void>((resolve) => this.#stream.write(new Uint8Array(), () => resolve()));
  }

  #uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#stream.uncork();
  }
}
