// RFC 4253, section 6: payloads become packets.
import { randomBytes } from '@orrery/crypto';
import { clearSealer } from './clear.ts';
import { LENGTH_FIELD, type PacketSealer } from './packet-cipher.ts';

const MIN_PADDING = 4;
const PADDING_POOL = 4096;

/** Numbers and seals the packets of one direction. */
export class PacketWriter {
  #sealer: PacketSealer = clearSealer;
  #sequence = 0;
  #packets = 0;
  #bytes = 0;
  #padding: Uint8Array = new Uint8Array();

  /** Number of the next packet, modulo 2^32. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Packets under the present keys. */
  get packets(): number {
    return this.#packets;
  }

  /** Bytes under the present keys. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What to send for a payload that may be in parts. */
  seal(...parts: readonly Uint8Array[]): readonly Uint8Array[] {
    const { blockLength, padsLength } = this.#sealer;
    const payload = parts.reduce((sum, part) => sum + part.length, 0);
    const unpadded = (padsLength ? LENGTH_FIELD : 0) + 1 + payload;
    const over = unpadded % blockLength;
    const fill = over === 0 ? 0 : blockLength - over;
    const padding = fill < MIN_PADDING ? fill + blockLength : fill;
    const packet = new Uint8Array(LENGTH_FIELD + 1 + payload + padding);
    new DataView(packet.buffer).setUint32(0, packet.length - LENGTH_FIELD);
    packet[LENGTH_FIELD] = padding;
    let offset = LENGTH_FIELD + 1;
    for (const part of parts) {
      packet.set(part, offset);
      offset += part.length;
    }
    packet.set(this.#randomPadding(padding), offset);
    const sealed = this.#sealer.seal(packet, this.#sequence);
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#packets++;
    this.#bytes += packet.length;
    return sealed;
  }

  /** Uses new keys from the next packet on. @param restart Counts packets from zero again: strict key exchange. */
  rekey(sealer: PacketSealer, restart: boolean): void {
    this.#sealer = sealer;
    this.#packets = 0;
    this.#bytes = 0;
    if (restart) this.#sequence = 0;
  }

  /** Asks the system for many packets' padding at once. */
  #randomPadding(length: number): Uint8Array {
    if (this.#padding.length < length) this.#padding = randomBytes(PADDING_POOL);
    const padding = this.#padding.subarray(0, length);
    this.#padding = this.#padding.subarray(length);
    return padding;
  }
}
