// chacha20-poly1305@openssh.com (draft-ietf-sshm-chacha20-poly1305): one key hides the length, another one the packet and
// makes the key of its MAC.
import { equalSecret, importChaCha20Key, poly1305, type KeyStream } from '@orrery/crypto';
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
    const { packetKey, lengthKey } = split(keys);
    return {
      ...SHAPE,
      seal: (packet, sequence) => {
        const nonce = nonceOf(sequence);
        const cipher = packetKey(nonce, 0);
        const macKey = cipher(FIRST_BLOCK).subarray(0, MAC_KEY_LENGTH);
        const length = lengthKey(nonce, 0)(packet.subarray(0, LENGTH_FIELD));
        const sealed = cipher(packet.subarray(LENGTH_FIELD));
        return [length, sealed, poly1305(macKey, length, sealed)];
      },
    };
  },
  opener: (keys) => {
    const { packetKey, lengthKey } = split(keys);
    return {
      ...SHAPE,
      tagLength: TAG_LENGTH,
      readLength: (head, sequence) => readUint32(lengthKey(nonceOf(sequence), 0)(head)),
      open: (sealed, sequence) => {
        const cipher = packetKey(nonceOf(sequence), 0);
        const macKey = cipher(FIRST_BLOCK).subarray(0, MAC_KEY_LENGTH);
        const tag = poly1305(macKey, sealed.subarray(0, -TAG_LENGTH));
        if (!equalSecret(tag, sealed.subarray(-TAG_LENGTH))) return undefined;
        return cipher(sealed.subarray(LENGTH_FIELD, -TAG_LENGTH));
      },
    };
  },
};

/** The first 256 bits of the key are K_2, for the packet, the others K_1, for its length. */
function split({ key }: CipherKeys): { readonly packetKey: KeyStream; readonly lengthKey: KeyStream } {
  return {
    packetKey: importChaCha20Key(key.subarray(0, 32)),
    lengthKey: importChaCha20Key(key.subarray(32)),
  };
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
