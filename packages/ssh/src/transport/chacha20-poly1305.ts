// chacha20-poly1305@openssh.com (draft-ietf-sshm-chacha20-poly1305): one key hides the length, another one the packet and
// makes the key of its MAC.
import { concat } from '@orrery/bytes';
import { equalSecret, importChaCha20Key, poly1305, type KeyStream } from '@orrery/crypto';
import { LENGTH_FIELD, readUint32, type CipherKeys, type PacketCipher } from './packet-cipher.ts';

const TAG_LENGTH = 16;
const NO_IV: Uint8Array = new Uint8Array();
/** 1 GiB, which OpenSSH allows a cipher with blocks of 8 bytes. */
const SHAPE = { blockLength: 8, padsLength: false, maxBytes: 2 ** 30, iv: () => NO_IV } as const;
const ZEROS = new Uint8Array(32);

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
        const sealed = concat(
          lengthKey(nonce, 0, packet.subarray(0, LENGTH_FIELD)),
          packetKey(nonce, 1, packet.subarray(LENGTH_FIELD)),
        );
        return [sealed, poly1305(packetKey(nonce, 0, ZEROS), sealed)];
      },
    };
  },
  opener: (keys) => {
    const { packetKey, lengthKey } = split(keys);
    return {
      ...SHAPE,
      tagLength: TAG_LENGTH,
      readLength: (head, sequence) =>
        readUint32(lengthKey(nonceOf(sequence), 0, head.subarray(0, LENGTH_FIELD))),
      open: (sealed, sequence) => {
        const nonce = nonceOf(sequence);
        const tag = poly1305(packetKey(nonce, 0, ZEROS), sealed.subarray(0, -TAG_LENGTH));
        if (!equalSecret(tag, sealed.subarray(-TAG_LENGTH))) return undefined;
        return packetKey(nonce, 1, sealed.subarray(LENGTH_FIELD, -TAG_LENGTH));
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

function nonceOf(sequence: number): Uint8Array {
  const nonce = new Uint8Array(8);
  new DataView(nonce.buffer).setUint32(4, sequence);
  return nonce;
}
