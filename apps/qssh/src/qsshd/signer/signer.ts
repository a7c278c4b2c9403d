// The process that alone has the host keys. All it does with them is to sign exchange
// hashes, and to prove that it has them.
import { decode, encode } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { Socket } from 'node:net';
import { FrameLink } from '../frame-link.ts';
import {
  hostKeyList,
  MAX_SIGNATURE_REQUEST,
  signatureReply,
  signatureRequest,
  type SignatureRequest,
} from '../protocol.ts';
import { LINK_FD } from '../role.ts';
import { loadHostKey, type HostKey } from './host-keys.ts';
import { HashGate } from './hash-gate.ts';
import { exchangeHash, isExchange } from './exchange-hash.ts';
import { isKeyProof } from './key-proof.ts';
import { isSignerTask } from './task.ts';

/**
 * Loads the keys from the files, says what they are, and signs for the listener and for the session processes that it
 * brings, until all of them are gone: what is connected outlives the listener, and needs new keys.
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
  const links = new Set<FrameLink>();
  const serve = (stream: Socket): FrameLink => {
    const take = async (frame: Uint8Array): Promise<void> => {
      const signature = await sign(decode(signatureRequest, frame), keys, gate);
      link.send(encode(signatureReply, { signature }));
    };
    const closed = (): void => {
      links.delete(link);
      if (links.size === 0) ended.resolve();
    };
    const link: FrameLink = new FrameLink(stream, { take, closed }, MAX_SIGNATURE_REQUEST);
    links.add(link);
    return link;
  };
  const adopted = new Map<number, FrameLink>();
  process.on('message', (task: unknown, stream: unknown) => {
    if (!isSignerTask(task)) return;
    if (stream instanceof Socket) adopted.set(task.id, serve(stream));
    if (task.kind === 'serve') return;
    adopted.get(task.id)?.close();
    adopted.delete(task.id);
  });
  serve(new Socket({ fd: LINK_FD })).send(
    encode(
      hostKeyList,
      keys.map(({ signer }) => ({ blob: signer.publicKey, algorithms: [...signer.algorithms] })),
    ),
  );
  await ended.promise;
  return 0;
}

/** A signature; empty if it is refused. */
async function sign(
  request: SignatureRequest,
  keys: readonly HostKey[],
  gate: HashGate,
): Promise<Uint8Array> {
  const { algorithm } = request;
  const able = keys.map(({ signer }) => signer).filter(({ algorithms }) => algorithms.includes(algorithm));
  if (request.kind === 'proof') {
    const { message } = request;
    const proven = able.find(({ publicKey }) => isKeyProof(message, publicKey));
    return proven?.sign(message, algorithm) ?? new Uint8Array();
  }
  // Of several keys of one type only the first is used for connections.
  const [key] = able;
  if (key === undefined || !isExchange(request.input, key.publicKey)) return new Uint8Array();
  const hash = exchangeHash(request.input, request.hashLength);
  wipe(request.input);
  return hash !== undefined && gate.admits(hash) ? key.sign(hash, algorithm) : new Uint8Array();
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

/** Gives up root and all files: the keys are read. */
function dropTo(identity: string): void {
  process.permission?.drop('fs.read');
  const [uid, gid] = identity.split(':').map(Number);
  if (identity === '' || uid === undefined || gid === undefined) return;
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}
