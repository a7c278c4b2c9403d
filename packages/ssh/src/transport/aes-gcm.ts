// aes128-gcm@openssh.com and aes256-gcm@openssh.com: RFC 5647, with the names and the negotiation of OpenSSH (PROTOCOL,
// section 1.6; draft-miller-sshm-aes-gcm).
import { importAesGcmKey } from '@orrery/crypto';
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
      return {
        ...SHAPE,
        iv: () => nonces.current(),
        seal: (packet) => {
          const length = packet.slice(0, LENGTH_FIELD);
          const { ciphertext, tag } = imported.seal(nonces.next(), packet.subarray(LENGTH_FIELD), length);
          return [length, ciphertext, tag];
        },
      };
    },
    opener: ({ key, iv }) => {
      const imported = importAesGcmKey(key);
      const nonces = new Nonces(iv);
      return {
        ...SHAPE,
        iv: () => nonces.current(),
        tagLength: TAG_LENGTH,
        readLength: (head) => readUint32(head),
        open: (sealed) => {
          const ciphertext = sealed.subarray(LENGTH_FIELD, -TAG_LENGTH);
          const tag = sealed.subarray(-TAG_LENGTH);
          return imported.open(nonces.next(), { ciphertext, tag }, sealed.subarray(0, LENGTH_FIELD));
        },
      };
    },
  };
}

/** The nonce of each packet in turn. */
class Nonces {
  readonly #nonce: Uint8Array;
  readonly #counter: DataView;
  #next: bigint;

  constructor(iv: Uint8Array) {
    this.#nonce = iv.slice();
    this.#counter = new DataView(this.#nonce.buffer, COUNTER_OFFSET);
    this.#next = this.#counter.getBigUint64(0);
  }

  /** The array is always the same one. */
  next(): Uint8Array {
    this.#counter.setBigUint64(0, this.#next);
    this.#next = BigInt.asUintN(64, this.#next + 1n);
    return this.#nonce;
  }

  /** What `next` will give, in memory of its own. */
  current(): Uint8Array {
    const nonce = this.#nonce.slice();
    new DataView(nonce.buffer, COUNTER_OFFSET).setBigUint64(0, this.#next);
    return nonce;
  }
}
