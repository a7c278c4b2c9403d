// RFC 4253, section 6.2: payloads are compressed before they become packets. zlib@openssh.com begins once the client is
// authenticated (draft-miller-secsh-compression-delayed).
import { constants, deflateRawSync } from 'node:zlib';
import { concat } from '@orrery/bytes';
import { Inflate, Z_SYNC_FLUSH } from 'pako';
import { SshError } from '../ssh-error.ts';

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
const WINDOW_BITS = 15;

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
  return new Inflater();
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

/** One zlib stream in pieces. node:zlib cannot go on with a stream without waiting, and a packet is read before the next. */
class Inflater implements Decompressor {
  readonly #stream = new Inflate({ windowBits: WINDOW_BITS, chunkSize: WINDOW });

  decompress(piece: Uint8Array, max: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let length = 0;
    this.#stream.onData = (part) => {
      length += part.length;
      if (length > max) throw refused('it is larger than it may be');
      parts.push(part);
    };
    this.#stream.push(piece, Z_SYNC_FLUSH);
    // A connection's data has no end.
    if (this.#stream.ended) throw refused(this.#stream.msg || 'its data has an end');
    return concat(...parts);
  }
}

function refused(reason: string): SshError {
  return new SshError('compressionError', `Cannot decompress packet: ${reason}`);
}

function demandKnown(name: string): void {
  if (name !== 'zlib@openssh.com') throw new TypeError(`Cannot compress with "${name}": it is not known`);
}
