// chacha20-poly1305@openssh.com (draft-ietf-sshm-chacha20-poly1305): one key hides the length, another one the packet and
// makes the key of its MAC.
import {
  equalSecret,
  importChaCha20Key,
  importPoly1305Key,
  type Mac,
  type StreamCipher,
} from '@orrery/crypto';
import { Ahead } from './ahead.ts';
import { LENGTH_FIELD, readUint32, type CipherKeys, type PacketCipher } from './packet-cipher.ts';

const TAG_LENGTH = 16;
const NO_IV: Uint8Array = new Uint8Array();
/** 1 GiB, which OpenSSH allows a cipher with blocks of 8 bytes. */
const SHAPE = { blockLength: 8, padsLength: false, maxBytes: 2 ** 30, iv: () => NO_IV } as const;
/** Block 0 of the packet's key stream begins with the key of the MAC; the packet is encrypted from block 1 on. */
const FIRST_BLOCK = new Uint8Array(64);
const MAC_KEY_LENGTH = 32;

export const chacha20Poly1305: PacketCipher = {
  keyLength: 64,
  ivLength: 0,
  macKeyLength: 0,
  sealer: (keys) => {
    const ahead = streamsUnder(keys);
    return {
      ...SHAPE,
      prepare: (sequence) => void ahead.get(sequence),
      seal: (packet, sequence) => {
        const streams = ahead.take(sequence);
        const length = streams.length(packet.subarray(0, LENGTH_FIELD));
        const sealed = streams.packet(packet.subarray(LENGTH_FIELD));
        return [length, sealed, streams.mac(length, sealed)];
      },
    };
  },
  opener: (keys) => {
    const ahead = streamsUnder(keys);
    return {
      ...SHAPE,
      tagLength: TAG_LENGTH,
      prepare: (sequence) => void ahead.get(sequence),
      readLength: (head, sequence) => readUint32(ahead.get(sequence).length(head)),
      open: (sealed, sequence) => {
        const streams = ahead.take(sequence);
        const tag = streams.mac(sealed.subarray(0, -TAG_LENGTH));
        if (!equalSecret(tag, sealed.subarray(-TAG_LENGTH))) return undefined;
        return streams.packet(sealed.subarray(LENGTH_FIELD, -TAG_LENGTH));
      },
    };
  },
};

/** What is needed for one packet, each once. */
interface PacketStreams {
  readonly length: StreamCipher;
  readonly packet: StreamCipher;
  readonly mac: Mac;
}

/** The first 256 bits of the key are K_2, for the packet, the others K_1, for its length. */
function streamsUnder({ key }: CipherKeys): Ahead<PacketStreams> {
  const packetKey = importChaCha20Key(key.subarray(0, 32));
  const lengthKey = importChaCha20Key(key.subarray(32));
  return new Ahead((sequence) => {
    const nonce = nonceOf(sequence);
    const packet = packetKey(nonce, 0);
    const mac = importPoly1305Key(packet(FIRST_BLOCK).subarray(0, MAC_KEY_LENGTH));
    return { length: lengthKey(nonce, 0), packet, mac };
  });
}

/** Byte by byte: to look at it as a DataView would move it to the heap of array buffers. */
function nonceOf(sequence: number): Uint8Array {
  const nonce = new Uint8Array(8);
  nonce[4] = sequence >>> 24;
  nonce[5] = sequence >>> 16;
  nonce[6] = sequence >>> 8;
  nonce[7] = sequence;
  return nonce;
}
