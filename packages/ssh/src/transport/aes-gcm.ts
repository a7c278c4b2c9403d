// aes128-gcm@openssh.com and aes256-gcm@openssh.com: RFC 5647, with the names and the negotiation of OpenSSH (PROTOCOL,
// section 1.6; draft-miller-sshm-aes-gcm).
import { importAesGcmKey } from '@orrery/crypto';
import { LENGTH_FIELD, readUint32, type PacketCipher } from './packet-cipher.ts';

const TAG_LENGTH = 16;
const IV_LENGTH = 12;
/** The nonce is a fixed field of 4 bytes and a counter of 8 (RFC 5647, section 7.1). */
const COUNTER_OFFSET = 4;
const SHAPE = { blockLength: 16, padsLength: false } as const;

export const aes128Gcm: PacketCipher = aesGcm(16);
export const aes256Gcm: PacketCipher = aesGcm(32);

function aesGcm(keyLength: number): PacketCipher {
  return {
    keyLength,
    ivLength: IV_LENGTH,
    macKeyLength: 0,
    sealer: ({ key, iv }) => {
      const imported = importAesGcmKey(key);
      const nextNonce = nonces(iv);
      return {
        ...SHAPE,
        seal: (packet) => {
          const length = packet.subarray(0, LENGTH_FIELD);
          const { ciphertext, tag } = imported.seal(nextNonce(), packet.subarray(LENGTH_FIELD), length);
          return [length, ciphertext, tag];
        },
      };
    },
    opener: ({ key, iv }) => {
      const imported = importAesGcmKey(key);
      const nextNonce = nonces(iv);
      return {
        ...SHAPE,
        tagLength: TAG_LENGTH,
        readLength: (head) => readUint32(head),
        open: (sealed) => {
          const ciphertext = sealed.subarray(LENGTH_FIELD, -TAG_LENGTH);
          const tag = sealed.subarray(-TAG_LENGTH);
          return imported.open(nextNonce(), { ciphertext, tag }, sealed.subarray(0, LENGTH_FIELD));
        },
      };
    },
  };
}

/** Gives the nonce of each packet in turn; the array is one and the same. */
function nonces(iv: Uint8Array): () => Uint8Array {
  const nonce = iv.slice();
  const counter = new DataView(nonce.buffer, COUNTER_OFFSET);
  let next = counter.getBigUint64(0);
  return () => {
    counter.setBigUint64(0, next);
    next = BigInt.asUintN(64, next + 1n);
    return nonce;
  };
}
