// RFC 4253, section 6: payloads become packets.
import { concat } from '@orrery/bytes';
import { randomBytes } from '@orrery/crypto';
import { clearSealer } from './clear.ts';
import type { Compressor } from './compression.ts';
import { LENGTH_FIELD, type PacketSealer } from './packet-cipher.ts';
import { PacketCount, type Beginning } from './packet-count.ts';

const MIN_PADDING = 4;
const PADDING_POOL = 4096;
const FIRST_STAGING = 1024;

/** Numbers and seals the packets of one direction. */
export class PacketWriter {
  readonly #count = new PacketCount();
  #sealer: PacketSealer = clearSealer;
  #compressor: Compressor | undefined;
  #hasCompressed = false;
  #padding: Uint8Array = new Uint8Array();
  /** Where packets are put together before they are sealed. */
  #staging: Uint8Array = new Uint8Array(FIRST_STAGING);

  get count(): PacketCount {
    return this.#count;
  }

  /** The IV of the next packet. */
  get iv(): Uint8Array {
    return this.#sealer.iv();
  }

  /** What to send for a payload that may be in parts. */
  seal(...parts: readonly Uint8Array[]): readonly Uint8Array[] {
    if (this.#compressor === undefined) return this.#sealPayload(parts);
    this.#hasCompressed = true;
    return this.#sealPayload([this.#compressor.compress(concat(...parts))]);
  }

  /** Does what can be done before there is a packet. */
  prepare(): void {
    this.#sealer.prepare?.(this.#count.sequence);
  }

  /** Uses other keys from the next packet on. */
  rekey(sealer: PacketSealer, beginning?: Omit<Beginning, 'maxBytes'>): void {
    this.#sealer = sealer;
    this.#count.begin({ ...beginning, maxBytes: sealer.maxBytes });
  }

  /** Whether anything was compressed. */
  get hasCompressed(): boolean {
    return this.#hasCompressed;
  }

  /** Compresses the payloads from the next packet on. */
  compress(compressor: Compressor | undefined): void {
    this.#compressor = compressor;
  }

  #sealPayload(parts: readonly Uint8Array[]): readonly Uint8Array[] {
    this.#count.demandRoom();
    const packet = this.#putTogether(parts);
    const sealed = this.#sealer.seal(packet, this.#count.sequence);
    this.#count.pass(packet.length);
    return sealed;
  }

  #putTogether(parts: readonly Uint8Array[]): Uint8Array {
    const { blockLength, padsLength } = this.#sealer;
    let payload = 0;
    for (const part of parts) payload += part.length;
    const over = ((padsLength ? LENGTH_FIELD : 0) + 1 + payload) % blockLength;
    const fill = over === 0 ? 0 : blockLength - over;
    const padding = fill < MIN_PADDING ? fill + blockLength : fill;
    const packet = this.#stage(LENGTH_FIELD + 1 + payload + padding);
    const length = packet.length - LENGTH_FIELD;
    packet[0] = length >>> 24;
    packet[1] = length >>> 16;
    packet[2] = length >>> 8;
    packet[3] = length;
    packet[LENGTH_FIELD] = padding;
    let offset = LENGTH_FIELD + 1;
    for (const part of parts) {
      packet.set(part, offset);
      offset += part.length;
    }
    packet.set(this.#randomPadding(padding), offset);
    return packet;
  }

  #stage(length: number): Uint8Array {
    if (this.#staging.length < length) this.#staging = new Uint8Array(length + (length >> 2));
    return this.#staging.subarray(0, length);
  }

  /** Asks the system for many packets' padding at once. */
  #randomPadding(length: number): Uint8Array {
    if (this.#padding.length < length) this.#padding = randomBytes(PADDING_POOL);
    const padding = this.#padding.subarray(0, length);
    this.#padding = this.#padding.subarray(length);
    return padding;
  }
}
