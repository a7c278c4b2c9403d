// aes128-gcm@openssh.com and aes256-gcm@openssh.com: RFC 5647, with the names and the negotiation of OpenSSH (PROTOCOL,
// section 1.6; draft-miller-sshm-aes-gcm).
import { importAesGcmKey } from '@orrery/crypto';
import { Ahead } from './ahead.ts';
import { LENGTH_FIELD, readUint32, type PacketCipher } from './packet-cipher.ts';

const TAG_LENGTH = 16;
const IV_LENGTH = 12;
/** The nonce is a fixed field of 4 bytes and a counter of 8 (RFC 5647, section 7.1). */
const COUNTER_OFFSET = 4;
/** 2^32 blocks (RFC 4344, section 3.2). */
const SHAPE = { blockLength: 16, padsLength: false, maxBytes: 2 ** 36 } as const;

export const aes128Gcm: PacketCipher = aesGcm(16);
export const aes256Gcm: PacketCipher = aesGcm(32);

function aesGcm(keyLength: number): PacketCipher {
  return {
    keyLength,
    ivLength: IV_LENGTH,
    macKeyLength: 0,
    sealer: ({ key, iv }) => {
      const imported = importAesGcmKey(key);
      const nonces = new Nonces(iv);
      const ahead = new Ahead(() => imported.seal(nonces.current));
      return {
        ...SHAPE,
        iv: () => nonces.current.slice(),
        prepare: (sequence) => void ahead.get(sequence),
        seal: (packet, sequence) => {
          const length = packet.slice(0, LENGTH_FIELD);
          const { ciphertext, tag } = ahead.take(sequence)(packet.subarray(LENGTH_FIELD), length);
          nonces.pass();
          return [length, ciphertext, tag];
        },
      };
    },
    opener: ({ key, iv }) => {
      const imported = importAesGcmKey(key);
      const nonces = new Nonces(iv);
      const ahead = new Ahead(() => imported.open(nonces.current));
      return {
        ...SHAPE,
        iv: () => nonces.current.slice(),
        tagLength: TAG_LENGTH,
        prepare: (sequence) => void ahead.get(sequence),
        readLength: (head) => readUint32(head),
        open: (sealed, sequence) => {
          const ciphertext = sealed.subarray(LENGTH_FIELD, -TAG_LENGTH);
          const tag = sealed.subarray(-TAG_LENGTH);
          const packet = ahead.take(sequence)({ ciphertext, tag }, sealed.subarray(0, LENGTH_FIELD));
          nonces.pass();
          return packet;
        },
      };
    },
  };
}

/** The nonce of each packet in turn. */
class Nonces {
  /** Of the next packet, always in the same array. */
  readonly current: Uint8Array;
  readonly #counter: DataView;

  constructor(iv: Uint8Array) {
    this.current = iv.slice();
    this.#counter = new DataView(this.current.buffer, COUNTER_OFFSET);
  }

  /** The packet has come or gone. */
  pass(): void {
    this.#counter.setBigUint64(0, BigInt.asUintN(64, this.#counter.getBigUint64(0) + 1n));
  }
}
