// What the processes of qsshd hand to each other beside their messages.
import { isDeepStrictEqual } from 'node:util';
import { FormatError, string, encode, Writer } from '@orrery/bytes';
import type { LoadTarget } from '../target.ts';

/** Proofs of host keys and exchanges of keys, as the signer reads them. */
export const keyProofs: LoadTarget = async () => {
  const { isKeyProof } = await import('../../../apps/qssh/src/qsshd/signer/key-proof.ts');
  const { isExchange } = await import('../../../apps/qssh/src/qsshd/signer/exchange-hash.ts');
  const key = new Uint8Array(40).fill(3);
  const proof = new Writer()
    .text('hostkeys-prove-00@openssh.com')
    .string(new Uint8Array(32))
    .string(key)
    .finish();
  const list = Uint8Array.of(20);
  const exchange = new Writer()
    .text('SSH-2.0-a')
    .text('SSH-2.0-b')
    .string(list)
    .string(list)
    .string(key)
    .string(list)
    .string(list)
    .finish();
  return {
    run: (input) => {
      isKeyProof(input, key);
      isExchange(input, key);
    },
    refuses: () => false,
    seeds: [proof, encode(string(8), new Uint8Array(4)), exchange],
  };
};

/** Modes of a terminal. */
export const terminalModes: LoadTarget = async () => {
  const { decodeTerminalModes, encodeTerminalModes } =
    await import('../../../packages/ssh/src/connection/terminal-modes.ts');
  return {
    run: (input) => {
      const modes = decodeTerminalModes(input);
      const again = decodeTerminalModes(encodeTerminalModes(modes));
      if (!isDeepStrictEqual(again, modes)) throw new Error('other modes are written');
    },
    refuses: (error) => error instanceof FormatError,
    seeds: [encodeTerminalModes({ VINTR: 3, ECHO: 1, TTY_OP_ISPEED: 38_400 })],
  };
};
