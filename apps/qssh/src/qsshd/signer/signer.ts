// The process that alone has the host keys. All it does with them is to sign exchange
// hashes, and to prove that it has them.
import { decode, encode } from '@orrery/bytes';
import { Socket } from 'node:net';
import { FrameLink } from '../frame-link.ts';
import { hostKeyList, signatureReply, signatureRequest } from '../protocol.ts';
import { LINK_FD } from '../role.ts';
import { loadHostKey, type HostKey } from './host-keys.ts';
import { HashGate } from './hash-gate.ts';
import { isKeyProof } from './key-proof.ts';

/**
 * Loads the keys from the files, says what they are, and signs until the other side is gone.
 * @param args The uid and gid to become after that, if any, as `uid:gid`, then the files.
 */
export async function runSigner([identity = '', ...files]: readonly string[]): Promise<number> {
  const keys = await loadAll(files);
  if (keys.length === 0) {
    process.stderr.write('qsshd: no hostkeys available -- exiting.\r\n');
    return 1;
  }
  dropTo(identity);
  const gate = new HashGate();
  const ended = Promise.withResolvers<void>();
  const link = new FrameLink(new Socket({ fd: LINK_FD }), {
    take: async (frame) => {
      const { algorithm, message } = decode(signatureRequest, frame);
      const able = keys.filter(({ signer }) => signer.algorithms.includes(algorithm));
      // Of several keys of one type only the first is used for connections; all can be proven.
      const proven = able.find(({ signer }) => isKeyProof(message, signer.publicKey));
      const key = proven ?? (gate.admits(message) ? able[0] : undefined);
      const signature = key === undefined ? new Uint8Array() : await key.signer.sign(message, algorithm);
      link.send(encode(signatureReply, { signature }));
    },
    closed: () => ended.resolve(),
  });
  link.send(
    encode(
      hostKeyList,
      keys.map(({ signer }) => ({ blob: signer.publicKey, algorithms: [...signer.algorithms] })),
    ),
  );
  await ended.promise;
  return 0;
}

/** Those that can be used, in order. */
async function loadAll(files: readonly string[]): Promise<HostKey[]> {
  const keys: HostKey[] = [];
  for (const file of files) {
    try {
      keys.push(await loadHostKey(file));
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\r\n`);
    }
  }
  return keys;
}

/** Gives root up: the keys are read. */
function dropTo(identity: string): void {
  const [uid, gid] = identity.split(':').map(Number);
  if (identity === '' || uid === undefined || gid === undefined) return;
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}
