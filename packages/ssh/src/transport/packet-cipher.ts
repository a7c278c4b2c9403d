/** Bytes of the length field in front of every packet (RFC 4253, section 6). */
export const LENGTH_FIELD = 4;

/** What the two directions of a cipher have in common. */
export interface CipherShape {
  /** What the padding rounds up to, in bytes. */
  readonly blockLength: number;
  /** Whether the length field counts among what the padding rounds up; not where it is protected by itself. */
  readonly padsLength: boolean;
  /** What one key bears, in bytes (RFC 4344, section 3.2). */
  readonly maxBytes: number;
  /** The IV with which the same key would go on from here. */
  iv(): Uint8Array;
}

/** Seals the packets of one direction under one set of keys. */
export interface PacketSealer extends CipherShape {
  /**
   * What to send for a packet, in memory of its own that goes over to the caller.
   * @param packet Length field, length of the padding, payload, padding.
   * @param sequence Number of the packet in its direction, modulo 2^32.
   */
  seal(packet: Uint8Array, sequence: number): readonly Uint8Array[];
  /** Does what can be done before the packet of this number, the next, is there. */
  readonly prepare?: (sequence: number) => void;
}

/** Opens the packets of the other direction. */
export interface PacketOpener extends CipherShape {
  /** Bytes behind the packet that authenticate it. */
  readonly tagLength: number;
  /** The length that a packet announces, from its first 4 bytes; nothing vouches for it yet. Asked once for each packet. */
  readLength(head: Uint8Array, sequence: number): number;
  /**
   * Length of the padding, payload, padding, in memory of its own; undefined if the packet is not authentic.
   * @param sealed Length field, packet and tag, exactly.
   */
  open(sealed: Uint8Array, sequence: number): Uint8Array | undefined;
  /** Does what can be done before the packet of this number, the next, is there. */
  readonly prepare?: (sequence: number) => void;
}

/** A cipher that authenticates, or a cipher with its MAC. */
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
