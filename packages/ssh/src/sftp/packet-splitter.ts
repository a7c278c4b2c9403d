// draft-ietf-secsh-filexfer-02, section 3: the stream is packets, each behind its length.
import { FormatError } from '@orrery/bytes';
import { MAX_PACKET } from './limits.ts';

const LENGTH = 4;

/**
 * Cuts what arrives into packets. A packet that one chunk holds whole is a view into that chunk; others are put together
 * in one buffer that the next of them overwrites.
 */
export class PacketSplitter {
  #chunk: Uint8Array = new Uint8Array();
  #at = 0;
  #parts: Uint8Array = new Uint8Array();
  #filled = 0;

  /** Adds what arrived. Call `next` until it has no more before the next `add`. */
  add(chunk: Uint8Array): void {
    this.#chunk = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#at = 0;
  }

  /** Whether the stream could end here. */
  get isEmpty(): boolean {
    return this.#filled === 0 && this.#at === this.#chunk.length;
  }

  /**
   * The next packet without its length, valid until the next call; undefined if it has not arrived as a whole.
   * @throws {FormatError} if it is empty or longer than MAX_PACKET.
   */
  next(): Uint8Array | undefined {
    if (this.#filled > 0) return this.#fromParts();
    const left = this.#chunk.length - this.#at;
    if (left === 0) this.#parts = new Uint8Array(); // nothing is kept for a side that is silent
    if (left < LENGTH) return this.#keep(LENGTH);
    const end = this.#at + LENGTH + lengthAt(this.#chunk, this.#at);
    if (end > this.#chunk.length) return this.#keep(end - this.#at);
    const packet = this.#chunk.subarray(this.#at + LENGTH, end);
    this.#at = end;
    return packet;
  }

  #fromParts(): Uint8Array | undefined {
    if (this.#filled < LENGTH) this.#fill(LENGTH);
    if (this.#filled < LENGTH) return undefined;
    const size = LENGTH + lengthAt(this.#parts, 0);
    this.#fill(size);
    if (this.#filled < size) return undefined;
    this.#filled = 0;
    return this.#parts.subarray(LENGTH, size);
  }

  /** Keeps the rest of the chunk for a packet of `size` bytes. */
  #keep(size: number): undefined {
    if (this.#at < this.#chunk.length) this.#fill(size);
    this.#chunk = new Uint8Array();
    this.#at = 0;
    return undefined;
  }

  #fill(size: number): void {
    if (this.#parts.length < size) {
      const larger = new Uint8Array(size <= 1024 ? 1024 : LENGTH + MAX_PACKET);
      larger.set(this.#parts.subarray(0, this.#filled));
      this.#parts = larger;
    }
    const end = Math.min(this.#at + size - this.#filled, this.#chunk.length);
    this.#parts.set(this.#chunk.subarray(this.#at, end), this.#filled);
    this.#filled += end - this.#at;
    this.#at = end;
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
  if (length < 1 || length > MAX_PACKET)
    throw new FormatError(`Cannot read SFTP packet: found ${length} bytes, 1 to ${MAX_PACKET} expected`);
  return length;
}
