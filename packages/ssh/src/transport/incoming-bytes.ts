// What was received and not yet read, without copies where a packet lies in one chunk.

/** So many chunks, and one for each KiB, before they are joined: a peer that sends single bytes must not cost more. */
const MAX_CHUNKS = 32;

/** A queue of chunks that is read in pieces of any length. */
export class IncomingBytes {
  readonly #release: (chunk: Uint8Array) => void;
  #chunks: Uint8Array[] = [];
  /** Where the first chunk goes on. */
  #offset = 0;
  #length = 0;
  /** For pieces that lie in several chunks. */
  #scratch: Uint8Array = new Uint8Array();
  /** Chunks that are read, the last of which may be in use yet. */
  #read: Uint8Array[] = [];

  /** @param release Takes the chunks that are done with. */
  constructor(release: (chunk: Uint8Array) => void = () => undefined) {
    this.#release = release;
  }

  /** Bytes that are here. */
  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#releaseRead();
    // Not as a Buffer, whose slice() is no copy.
    this.#chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this.#length += chunk.length;
    if (this.#chunks.length > Math.max(MAX_CHUNKS, this.#length >> 10)) this.#join();
  }

  /** The first bytes, which stay. There must be as many. */
  peek(length: number): Uint8Array {
    const first = this.#chunks[0];
    if (first !== undefined && first.length - this.#offset >= length)
      return first.subarray(this.#offset, this.#offset + length);
    return this.#collect(new Uint8Array(length));
  }

  /** The first bytes, which go; valid until the next call. There must be as many. */
  take(length: number): Uint8Array {
    this.#releaseRead();
    const first = this.#chunks[0];
    const inOne = first !== undefined && first.length - this.#offset >= length;
    const taken = inOne
      ? first.subarray(this.#offset, this.#offset + length)
      : this.#collect(this.#scratchOf(length));
    this.#drop(length);
    return taken;
  }

  #join(): void {
    this.#chunks = [this.#collect(new Uint8Array(this.#length))];
    this.#offset = 0;
  }

  #scratchOf(length: number): Uint8Array {
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(length + (length >> 2));
    return this.#scratch.subarray(0, length);
  }

  #collect(into: Uint8Array): Uint8Array {
    let filled = 0;
    let offset = this.#offset;
    for (const chunk of this.#chunks) {
      if (filled === into.length) break;
      const piece = chunk.subarray(offset, offset + into.length - filled);
      into.set(piece, filled);
      filled += piece.length;
      offset = 0;
    }
    return into;
  }

  #drop(length: number): void {
    this.#length -= length;
    this.#offset += length;
    let gone = 0;
    for (const chunk of this.#chunks) {
      if (this.#offset < chunk.length) break;
      this.#offset -= chunk.length;
      gone++;
    }
    if (gone > 0) this.#read = this.#chunks.splice(0, gone);
  }

  #releaseRead(): void {
    for (const chunk of this.#read) this.#release(chunk);
    this.#read = [];
  }
}
