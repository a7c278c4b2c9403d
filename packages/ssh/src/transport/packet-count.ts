import { SshError } from '../ssh-error.ts';
import type { Counter } from './key-lifetime.ts';

/** So many packets under one set of keys would repeat a sequence number, and with it a nonce. */
const PACKETS_WITHOUT_REPETITION = 2 ** 32;

/** Where a direction begins under new keys. */
export interface Beginning {
  /** What the cipher bears, in bytes. */
  readonly maxBytes: number;
  /** The number of the next packet; absent: it goes on. */
  readonly sequence?: number | undefined;
  /** What has passed under these keys, if they are not new. */
  readonly packets?: number;
  readonly bytes?: number;
}

/** Counts the packets of one direction. */
export class PacketCount implements Counter {
  #sequence = 0;
  #packets = 0;
  #bytes = 0;
  #maxBytes = Infinity;

  /** Number of the next packet, modulo 2^32 (RFC 4253, section 6.4). */
  get sequence(): number {
    return this.#sequence;
  }

  get packets(): number {
    return this.#packets;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** @throws {SshError} if the next packet may not be under these keys. */
  demandRoom(): void {
    if (this.#packets >= PACKETS_WITHOUT_REPETITION)
      throw new SshError('protocolError', 'Cannot go on: the keys have served for too many packets');
  }

  /** Notes a packet with so many bytes. */
  pass(bytes: number): void {
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#packets++;
    this.#bytes += bytes;
  }

  /** Other keys are used from the next packet on. */
  begin({ maxBytes, sequence = this.#sequence, packets = 0, bytes = 0 }: Beginning): void {
    this.#maxBytes = maxBytes;
    this.#sequence = sequence;
    this.#packets = packets;
    this.#bytes = bytes;
  }
}
