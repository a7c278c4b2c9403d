// What goes out: all that is written in one turn of the event loop leaves together, in one block.
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { giveBack } from '../give-back.ts';

/** Bytes that may wait. */
const ENOUGH = 512 * 1024;

/** Bytes after which a block leaves before the turn ends. */
const FULL = 256 * 1024;

export class Output {
  readonly #stream: Duplex;
  readonly #onRoom: () => void;
  #chunks: Uint8Array[] = [];
  /** Bytes in `#chunks`. */
  #gathered = 0;
  /** Large blocks that were sent and can be filled again. */
  readonly #spare: Uint8Array[] = [];
  #owesRoom = false;

  /** @param onRoom Is called when more may be written after it was full. */
  constructor(stream: Duplex, onRoom: () => void) {
    this.#stream = stream;
    this.#onRoom = onRoom;
  }

  /** Bytes that the other side has not taken. */
  get waiting(): number {
    return this.#gathered + this.#stream.writableLength;
  }

  /** Whether more should wait. */
  get isFull(): boolean {
    return this.waiting >= ENOUGH;
  }

  /** Takes over chunks, each of which has its memory for itself: they cannot be read any more once they have left. */
  write(chunks: readonly Uint8Array[]): void {
    if (this.#chunks.length === 0) queueMicrotask(() => this.flush());
    for (const chunk of chunks) {
      this.#chunks.push(chunk);
      this.#gathered += chunk.length;
    }
    this.#owesRoom ||= this.isFull;
    if (this.#gathered >= FULL) this.flush();
  }

  /** Sends what was written without waiting for the end of the turn. */
  flush(): void {
    if (this.#gathered === 0) return;
    const bytes = this.#gathered;
    const block = this.#blockOf(bytes);
    let offset = 0;
    for (const chunk of this.#chunks) {
      block.set(chunk, offset);
      offset += chunk.length;
      giveBack(chunk);
    }
    this.#chunks = [];
    this.#gathered = 0;
    this.#stream.write(block.subarray(0, bytes), () => this.#sent(block));
  }

  /** Resolves when everything has left this process. */
  async drained(): Promise<void> {
    this.flush();
    if (this.#stream.writableLength === 0) return;
    await new Promise<void>((resolve) => this.#stream.write(new Uint8Array(), () => resolve()));
  }

  #blockOf(bytes: number): Uint8Array {
    if (bytes < FULL || !(this.#stream instanceof Socket)) return new Uint8Array(bytes);
    const spare = this.#spare.pop();
    // A little more, for the next: a stranger who reads nothing has some of them wait.
    return spare !== undefined && spare.length >= bytes ? spare : new Uint8Array(bytes + (bytes >> 4));
  }

  #sent(block: Uint8Array): void {
    // A stream that is no socket may have passed it on as it is.
    if (block.length >= FULL && this.#stream instanceof Socket) this.#spare.push(block);
    if (!this.#owesRoom || this.isFull) return;
    this.#owesRoom = false;
    this.#onRoom();
  }
}
