// RFC 4253, section 6: packets become payloads.
import { SshError } from '../ssh-error.ts';
import { clearOpener } from './clear.ts';
import type { Decompressor } from './compression.ts';
import { IncomingBytes } from './incoming-bytes.ts';
import { LENGTH_FIELD, type PacketOpener } from './packet-cipher.ts';
import { PacketCount, type Beginning } from './packet-count.ts';

/** Longest packet, in bytes, and longest payload once it is decompressed, as OpenSSH has it. RFC 4253, section 6.1 demands 35,000. */
const MAX_PACKET = 256 * 1024;

const MIN_PADDING = 4;

export interface Packet {
  readonly payload: Uint8Array;
  readonly sequence: number;
}

/** Takes bytes as they come and gives the packets in them, under the keys of one direction. */
export class PacketReader {
  readonly #count = new PacketCount();
  readonly #incoming: IncomingBytes;
  #opener: PacketOpener = clearOpener;
  #decompressor: Decompressor | undefined;
  #hasDecompressed = false;
  /** Length of the packet that is being received, without the length field. */
  #length: number | undefined;

  /** @param release Takes what was pushed and is done with. */
  constructor(release?: (chunk: Uint8Array) => void) {
    this.#incoming = new IncomingBytes(release);
  }

  get count(): PacketCount {
    return this.#count;
  }

  /** The IV of the next packet. */
  get iv(): Uint8Array {
    return this.#opener.iv();
  }

  /** Bytes that were pushed and belong to no packet yet. */
  get waiting(): number {
    return this.#incoming.length;
  }

  /** Adds what was received; it is not to be changed then. */
  push(chunk: Uint8Array): void {
    this.#incoming.push(chunk);
  }

  /** All that was pushed and belongs to no packet yet; it is gone here then. */
  takeWaiting(): Uint8Array {
    // Plain bytes and a copy, neither of which a slice() of a Buffer is.
    return Uint8Array.from(this.#incoming.take(this.#incoming.length));
  }

  /**
   * The next packet; undefined if it is not here yet.
   * @throws {SshError} if it is too long, has no padding or is not authentic: no more can be read then.
   */
  next(): Packet | undefined {
    if (this.#length === undefined && this.#incoming.length < LENGTH_FIELD) return undefined;
    const length = (this.#length ??= this.#readLength());
    const total = LENGTH_FIELD + length + this.#opener.tagLength;
    if (this.#incoming.length < total) return undefined;
    const { sequence } = this.#count;
    const packet = this.#opener.open(this.#incoming.take(total), sequence);
    if (packet === undefined) throw new SshError('macError', 'Cannot read packet: it is not authentic');
    const payload = unpad(packet);
    this.#length = undefined;
    this.#count.pass(LENGTH_FIELD + length);
    if (this.#decompressor === undefined) return { payload, sequence };
    this.#hasDecompressed = true;
    return { payload: this.#decompressor.decompress(payload, MAX_PACKET), sequence };
  }

  /** Does what can be done before the next packet is here. */
  prepare(): void {
    this.#opener.prepare?.(this.#count.sequence);
  }

  /** Uses other keys from the next packet on. */
  rekey(opener: PacketOpener, beginning?: Omit<Beginning, 'maxBytes'>): void {
    this.#opener = opener;
    this.#count.begin({ ...beginning, maxBytes: opener.maxBytes });
  }

  /** Whether anything was decompressed. */
  get hasDecompressed(): boolean {
    return this.#hasDecompressed;
  }

  /** Decompresses the payloads from the next packet on. */
  decompress(decompressor: Decompressor | undefined): void {
    this.#decompressor = decompressor;
  }

  #readLength(): number {
    this.#count.demandRoom();
    const { blockLength, padsLength } = this.#opener;
    const length = this.#opener.readLength(this.#incoming.peek(LENGTH_FIELD), this.#count.sequence);
    if (
      length > MAX_PACKET ||
      length < 1 + MIN_PADDING ||
      (length + (padsLength ? LENGTH_FIELD : 0)) % blockLength !== 0
    )
      throw new SshError(
        'protocolError',
        `Cannot read packet: its length is ${length}, a multiple of ${blockLength} up to ${MAX_PACKET} expected`,
      );
    return length;
  }
}

function unpad(packet: Uint8Array): Uint8Array {
  const padding = packet[0] ?? 0;
  // A payload has at least its number.
  if (padding < MIN_PADDING || padding + 2 > packet.length)
    throw new SshError(
      'protocolError',
      `Cannot read packet: ${padding} bytes of padding in ${packet.length}`,
    );
  return packet.subarray(1, packet.length - padding);
}
