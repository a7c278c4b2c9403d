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
      const key = keys.find(({ signer }) => signer.algorithms.includes(algorithm));
      const signature =
        key !== undefined && (gate.admits(message) || isKeyProof(message, key.signer.publicKey))
          ? await key.signer.sign(message, algorithm)
          : new Uint8Array();
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

/** Those that can be used; of two of one type the first. */
async function loadAll(files: readonly string[]): Promise<HostKey[]> {
  const keys = new Map<string, HostKey>();
  for (const file of files) {
    try {
      const key = await loadHostKey(file);
      const name = key.signer.algorithms[0] ?? '';
      if (!keys.has(name)) keys.set(name, key);
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\r\n`);
    }
  }
  return [...keys.values()];
}

/** Gives root up: the keys are read. */
function dropTo(identity: string): void {
  const [uid, gid] = identity.split(':').map(Number);
  if (identity === '' || uid === undefined || gid === undefined) return;
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}
