// aes128-ctr, aes192-ctr and aes256-ctr (RFC 4344, section 4) with a MAC (RFC 4253, section 6.4; RFC 6668), in either order:
// the MAC of what is sent (encrypt then MAC: OpenSSH's PROTOCOL, section 1.5), or of what was meant.
import {
  equalSecret,
  importAesCtrKey,
  importHmacSha256Key,
  importHmacSha512Key,
  wipe,
  type Mac,
} from '@orrery/crypto';
import {
  LENGTH_FIELD,
  readUint32,
  type CipherKeys,
  type CipherShape,
  type PacketCipher,
  type PacketOpener,
  type PacketSealer,
} from './packet-cipher.ts';

const BLOCK_LENGTH = 16;

/** 2^32 blocks (RFC 4344, section 3.2). */
const MAX_BYTES = 2 ** 36;

export interface MacAlgorithm {
  readonly importKey: (key: Uint8Array) => Mac;
  readonly keyLength: number;
  readonly tagLength: number;
  /** Encrypts first: the length stays readable, and nothing is decrypted that is not authentic. */
  readonly encryptFirst: boolean;
}

const sha256 = { importKey: importHmacSha256Key, keyLength: 32, tagLength: 32 } as const;
const sha512 = { importKey: importHmacSha512Key, keyLength: 64, tagLength: 64 } as const;

export const hmacSha256: MacAlgorithm = { ...sha256, encryptFirst: false };
export const hmacSha512: MacAlgorithm = { ...sha512, encryptFirst: false };
export const hmacSha256Etm: MacAlgorithm = { ...sha256, encryptFirst: true };
export const hmacSha512Etm: MacAlgorithm = { ...sha512, encryptFirst: true };

/** @param keyLength In bytes: 16, 24 or 32. */
export function aesCtr(keyLength: number, mac: MacAlgorithm): PacketCipher {
  return {
    keyLength,
    ivLength: BLOCK_LENGTH,
    macKeyLength: mac.keyLength,
    sealer: (keys) => (mac.encryptFirst ? sealThenMac : macThenSeal)(keys, mac),
    opener: (keys) => (mac.encryptFirst ? checkThenOpen : openThenCheck)(keys, mac),
  };
}

function sealThenMac({ key, iv, macKey }: CipherKeys, { importKey }: MacAlgorithm): PacketSealer {
  const cipher = importAesCtrKey(key, iv);
  const tagOf = importKey(macKey);
  const counter = new BlockCounter(iv);
  return {
    ...shape(counter, false),
    seal: (packet, sequence) => {
      const length = packet.slice(0, LENGTH_FIELD);
      const sealed = cipher(packet.subarray(LENGTH_FIELD));
      counter.pass(sealed.length);
      return [length, sealed, tagOf(uint32(sequence), length, sealed)];
    },
  };
}

function checkThenOpen(
  { key, iv, macKey }: CipherKeys,
  { importKey, tagLength }: MacAlgorithm,
): PacketOpener {
  const cipher = importAesCtrKey(key, iv);
  const tagOf = importKey(macKey);
  const counter = new BlockCounter(iv);
  return {
    ...shape(counter, false),
    tagLength,
    readLength: (head) => readUint32(head),
    open: (sealed, sequence) => {
      const tag = tagOf(uint32(sequence), sealed.subarray(0, -tagLength));
      if (!equalSecret(tag, sealed.subarray(-tagLength))) return undefined;
      const packet = cipher(sealed.subarray(LENGTH_FIELD, -tagLength));
      counter.pass(packet.length);
      return packet;
    },
  };
}

function macThenSeal({ key, iv, macKey }: CipherKeys, { importKey }: MacAlgorithm): PacketSealer {
  const cipher = importAesCtrKey(key, iv);
  const tagOf = importKey(macKey);
  const counter = new BlockCounter(iv);
  return {
    ...shape(counter, true),
    seal: (packet, sequence) => {
      const tag = tagOf(uint32(sequence), packet);
      counter.pass(packet.length);
      return [cipher(packet), tag];
    },
  };
}

/** The length is hidden: it is decrypted before the rest is there. */
function openThenCheck(
  { key, iv, macKey }: CipherKeys,
  { importKey, tagLength }: MacAlgorithm,
): PacketOpener {
  const cipher = importAesCtrKey(key, iv);
  const tagOf = importKey(macKey);
  const counter = new BlockCounter(iv);
  let head: Uint8Array = new Uint8Array(LENGTH_FIELD);
  return {
    ...shape(counter, true),
    tagLength,
    readLength: (sealed) => {
      head = cipher(sealed);
      return readUint32(head);
    },
    open: (sealed, sequence) => {
      const packet = cipher(sealed.subarray(LENGTH_FIELD, -tagLength));
      counter.pass(LENGTH_FIELD + packet.length);
      const tag = tagOf(uint32(sequence), head, packet);
      if (equalSecret(tag, sealed.subarray(-tagLength))) return packet;
      wipe(packet);
      return undefined;
    },
  };
}

function shape(counter: BlockCounter, padsLength: boolean): CipherShape {
  return { blockLength: BLOCK_LENGTH, padsLength, maxBytes: MAX_BYTES, iv: () => counter.current() };
}

/** Keeps account of the counter block, which the cipher itself does not tell. */
class BlockCounter {
  readonly #first: bigint;
  #blocks = 0;

  constructor(iv: Uint8Array) {
    this.#first = BigInt(`0x${iv.toHex()}`);
  }

  pass(bytes: number): void {
    this.#blocks += bytes / BLOCK_LENGTH;
  }

  current(): Uint8Array {
    const counter = BigInt.asUintN(128, this.#first + BigInt(this.#blocks));
    return Uint8Array.fromHex(counter.toString(16).padStart(2 * BLOCK_LENGTH, '0'));
  }
}

function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}
