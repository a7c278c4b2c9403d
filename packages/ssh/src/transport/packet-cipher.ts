/** Bytes of the length field in front of every packet (RFC 4253, section 6). */
export const LENGTH_FIELD = 4;

/** Seals the packets of one direction under one set of keys. */
export interface PacketSealer {
  /** What the padding rounds up to, in bytes. */
  readonly blockLength: number;
  /** Whether the length field counts among what the padding rounds up; not where it is protected by itself. */
  readonly padsLength: boolean;
  /**
   * What to send for a packet: length field, length of the padding, payload, padding.
   * @param sequence Number of the packet in its direction, modulo 2^32.
   */
  seal(packet: Uint8Array, sequence: number): readonly Uint8Array[];
}

/** Opens the packets of the other direction. */
export interface PacketOpener {
  readonly blockLength: number;
  readonly padsLength: boolean;
  /** Bytes behind the packet that authenticate it. */
  readonly tagLength: number;
  /** The length that a packet announces, from its first bytes; nothing vouches for it yet. */
  readLength(head: Uint8Array, sequence: number): number;
  /**
   * Length of the padding, payload, padding; undefined if the packet is not authentic.
   * @param sealed Length field, packet and tag, exactly.
   */
  open(sealed: Uint8Array, sequence: number): Uint8Array | undefined;
}

/** A cipher, or a cipher with its MAC, as SSH names it. */
export interface PacketCipher {
  /** Lengths in bytes of what the key derivation has to give (RFC 4253, section 7.2). */
  readonly keyLength: number;
  readonly ivLength: number;
  readonly macKeyLength: number;
  sealer(keys: CipherKeys): PacketSealer;
  opener(keys: CipherKeys): PacketOpener;
}

export interface CipherKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly macKey: Uint8Array;
}

export function readUint32(bytes: Uint8Array, offset = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset);
}
