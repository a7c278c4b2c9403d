// Packets before the first key exchange: neither secret nor authenticated.
import { LENGTH_FIELD, readUint32, type PacketOpener, type PacketSealer } from './packet-cipher.ts';

const NOTHING: Uint8Array = new Uint8Array();
const SHAPE = { blockLength: 8, padsLength: true, maxBytes: Infinity, iv: () => NOTHING } as const;

export const clearSealer: PacketSealer = { ...SHAPE, seal: (packet) => [packet.slice()] };

export const clearOpener: PacketOpener = {
  ...SHAPE,
  tagLength: 0,
  readLength: (head) => readUint32(head),
  open: (sealed) => sealed.slice(LENGTH_FIELD),
};
