// RFC 4253, section 6: packets become payloads.
import { concat } from '@orrery/bytes';
import { SshError } from '../ssh-error.ts';
import { clearOpener } from './clear.ts';
import { LENGTH_FIELD, type PacketOpener } from './packet-cipher.ts';

/** Longest packet, in bytes, as OpenSSH has it. RFC 4253, section 6.1 demands 35,000. */
export const MAX_PACKET = 256 * 1024;

const MIN_PADDING = 4;

export interface Packet {
  readonly payload: Uint8Array;
  readonly sequence: number;
}

/** Takes bytes as they come and gives the packets in them, under the keys of one direction. */
export class PacketReader {
  #opener: PacketOpener = clearOpener;
  #buffered: Uint8Array = new Uint8Array();
  /** The chunks of a packet that is not whole yet, behind `#buffered`. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Length of the packet that is being received, without the length field. */
  #length: number | undefined;
  #sequence = 0;
  #packets = 0;
  #bytes = 0;

  /** Packets under the present keys. */
  get packets(): number {
    return this.#packets;
  }

  /** Bytes under the present keys. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds what was received. */
  push(chunk: Uint8Array): void {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
  }

  /**
   * The next packet; undefined if it is not here yet. Its payload may be a view of what was pushed.
   * @throws {SshError} if it is too long, has no padding or is not authentic: no more can be read then.
   */
  next(): Packet | undefined {
    if (!this.#gather(LENGTH_FIELD)) return undefined;
    const length = (this.#length ??= this.#readLength());
    const { tagLength } = this.#opener;
    const total = LENGTH_FIELD + length + tagLength;
    if (!this.#gather(total)) return undefined;
    const packet = this.#opener.open(this.#buffered.subarray(0, total), this.#sequence);
    if (packet === undefined) throw new SshError('macError', 'Cannot read packet: it is not authentic');
    const payload = unpad(packet);
    this.#buffered = this.#buffered.subarray(total);
    this.#length = undefined;
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) >>> 0;
    this.#packets++;
    this.#bytes += length;
    return { payload, sequence };
  }

  /** Uses new keys from the next packet on. @param restart Counts packets from zero again: strict key exchange. */
  rekey(opener: PacketOpener, restart: boolean): void {
    this.#opener = opener;
    this.#packets = 0;
    this.#bytes = 0;
    if (restart) this.#sequence = 0;
  }

  #readLength(): number {
    const { blockLength, padsLength } = this.#opener;
    const length = this.#opener.readLength(this.#buffered, this.#sequence);
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

  /** Whether so many bytes are at hand, in one piece. */
  #gather(length: number): boolean {
    if (this.#buffered.length >= length) return true;
    if (this.#buffered.length + this.#waitingBytes < length) return false;
    this.#buffered =
      this.#buffered.length === 0 && this.#waiting.length === 1
        ? (this.#waiting[0] ?? this.#buffered)
        : concat(this.#buffered, ...this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    return true;
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
