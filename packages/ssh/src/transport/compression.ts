// RFC 4253, section 6.2: payloads are compressed before they become packets.

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

/** By its name; undefined for "none". */
export function makeCompressor(name: string): Compressor | undefined {
  if (name === 'none') return undefined;
  throw new TypeError(`Cannot compress with "${name}": it is not known`);
}

/** By its name; undefined for "none". */
export function makeDecompressor(name: string): Decompressor | undefined {
  if (name === 'none') return undefined;
  throw new TypeError(`Cannot decompress with "${name}": it is not known`);
}
