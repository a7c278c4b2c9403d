// Packets before the first key exchange: neither secret nor authenticated.
import { LENGTH_FIELD, readUint32, type PacketOpener, type PacketSealer } from './packet-cipher.ts';

const BLOCK = { blockLength: 8, padsLength: true } as const;

export const clearSealer: PacketSealer = { ...BLOCK, seal: (packet) => [packet] };

export const clearOpener: PacketOpener = {
  ...BLOCK,
  tagLength: 0,
  readLength: (head) => readUint32(head),
  open: (sealed) => sealed.subarray(LENGTH_FIELD),
};
