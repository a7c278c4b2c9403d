// RFC 4253, section 6.2: payloads are compressed before they become packets. zlib@openssh.com begins once the client is
// authenticated (draft-miller-secsh-compression-delayed).
import { constants, deflateRawSync } from 'node:zlib';
import { concat } from '@orrery/bytes';
import { Inflater } from './inflate.ts';

/** Compresses the payloads of one direction, each with what the earlier ones had. */
export interface Compressor {
  compress(payload: Uint8Array): Uint8Array;
}

export interface Decompressor {
  /**
   * A payload, in memory of its own.
   * @param max Largest payload, in bytes. @throws {SshError} if it is larger, or is not compressed as it should be.
   */
  decompress(bytes: Uint8Array, max: number): Uint8Array;
}

/** Deflate with a window of 32 KiB, usual level, no dictionary (RFC 1950, section 2.2). */
const HEADER = Uint8Array.of(0x78, 0x9c);
const WINDOW = 32 * 1024;

/** By its name; undefined for "none". @throws {TypeError} if there is none of that name. */
export function makeCompressor(name: string): Compressor | undefined {
  if (name === 'none') return undefined;
  demandKnown(name);
  return new Deflater();
}

/** By its name; undefined for "none". @throws {TypeError} if there is none of that name. */
export function makeDecompressor(name: string): Decompressor | undefined {
  if (name === 'none') return undefined;
  demandKnown(name);
  const inflater = new Inflater();
  return { decompress: (bytes, max) => inflater.inflate(bytes, max) };
}

/**
 * One zlib stream in pieces that are whole bytes. What came before is the dictionary of each piece: together they are
 * the same as a stream that was compressed at once, and nothing has to wait for another thread.
 */
class Deflater implements Compressor {
  #window: Uint8Array = new Uint8Array();
  #begun = false;

  compress(payload: Uint8Array): Uint8Array {
    const compressed = deflateRawSync(payload, {
      finishFlush: constants.Z_SYNC_FLUSH,
      ...(this.#window.length > 0 && { dictionary: this.#window }),
    });
    this.#window =
      payload.length >= WINDOW
        ? payload.slice(-WINDOW)
        : concat(this.#window.subarray(Math.max(0, this.#window.length + payload.length - WINDOW)), payload);
    if (this.#begun) return compressed;
    this.#begun = true;
    return concat(HEADER, compressed);
  }
}

function demandKnown(name: string): void {
  if (name !== 'zlib@openssh.com') throw new TypeError(`Cannot compress with "${name}": it is not known`);
}
