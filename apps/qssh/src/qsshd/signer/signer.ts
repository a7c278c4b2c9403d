// The process that alone has the host keys. All it does with them is to sign exchange
// hashes, and to prove that it has them.
import { decode, encode, type Value } from '@orrery/bytes';
import { Socket } from 'node:net';
import { FrameLink } from '../frame-link.ts';
import {
  listenerRequest,
  MAX_SIGNATURE_REQUEST,
  signatureReply,
  signatureRequest,
  signerNews,
} from '../protocol.ts';
import { LINK_FD } from '../role.ts';
import type { HostAgent } from './host-agent.ts';
import { loadHostKeys } from './host-keys.ts';
import { signFor, type SigningKeys } from './sign-for.ts';
import { HashGate } from './hash-gate.ts';
import { isSignerTask, readSignerFiles, type SignerTask } from './task.ts';

/**
 * Loads the keys from the files, says what they are, and signs for the listener and for the session processes that it
 * brings, until all of them are gone: what is connected outlives the listener, and needs new keys.
 * @param args The uid and gid to become after that, if any, as `uid:gid`, then the files.
 */
export async function runSigner([identity = '', files = '']: readonly string[]): Promise<number> {
  process.stderr.on('error', () => undefined); // whoever reads it may be gone
  const { usesAgent, ...named } = readSignerFiles(files);
  const agent = usesAgent ? await makeAgent(() => listener.send({ kind: 'agentWanted' })) : undefined;
  const hostKeys = await loadHostKeys(named, agent, warn);
  if (hostKeys.plain.length === 0) return 1;
  dropTo(identity);
  const keys: SigningKeys = { hostKeys, gate: new HashGate(), warn };
  const ended = Promise.withResolvers<void>();
  const links = new Links(() => ended.resolve());
  const listener = serveListener(new Socket({ fd: LINK_FD }), keys, links);
  process.on('message', (task: unknown, stream: unknown) => {
    if (!isSignerTask(task)) return;
    if (task.kind === 'serve' && stream instanceof Socket)
      links.adopt(task.id, (closed) => serveSession(stream, keys, closed));
    else if (task.kind === 'release') links.release(task.id);
    else takeAgent(agent, task, stream);
  });
  const shown = [...hostKeys.plain, ...hostKeys.certified];
  listener.send({
    kind: 'keys',
    keys: shown.map(({ publicKey, algorithms }) => ({ blob: publicKey, algorithms: [...algorithms] })),
  });
  await ended.promise;
  agent?.close();
  return 0;
}

/** Whoever is served: the process ends when nobody is left. */
class Links {
  readonly #end: () => void;
  readonly #open = new Set<FrameLink>();
  readonly #adopted = new Map<number, FrameLink>();

  constructor(end: () => void) {
    this.#end = end;
  }

  add(serve: (closed: () => void) => FrameLink): FrameLink {
    const link = serve(() => {
      this.#open.delete(link);
      if (this.#open.size === 0) this.#end();
    });
    this.#open.add(link);
    return link;
  }

  adopt(id: number, serve: (closed: () => void) => FrameLink): void {
    this.#adopted.set(id, this.add(serve));
  }

  release(id: number): void {
    this.#adopted.get(id)?.close();
    this.#adopted.delete(id);
  }
}

/** Nobody waits for the key of another connection, which may be in an agent that takes its time. */
function serveListener(
  stream: Socket,
  keys: SigningKeys,
  links: Links,
): { send(news: Value<typeof signerNews>): void } {
  const send = (news: Value<typeof signerNews>): void => link.send(encode(signerNews, news));
  const take = (frame: Uint8Array): void => {
    const { id, request } = decode(listenerRequest, frame);
    void signFor(request, keys).then((signature) => send({ kind: 'signature', id, signature }));
  };
  const link = links.add((closed) => new FrameLink(stream, { take, closed }, MAX_SIGNATURE_REQUEST));
  return { send };
}

/** One question after the other. */
function serveSession(stream: Socket, keys: SigningKeys, closed: () => void): FrameLink {
  const take = async (frame: Uint8Array): Promise<void> => {
    const signature = await signFor(decode(signatureRequest, frame), keys);
    link.send(encode(signatureReply, { signature }));
  };
  const link = new FrameLink(stream, { take, closed }, MAX_SIGNATURE_REQUEST);
  return link;
}

/** What few servers use is loaded where it is used. */
async function makeAgent(want: () => void): Promise<HostAgent> {
  const { HostAgent } = await import('./host-agent.ts');
  return new HostAgent(want);
}

function takeAgent(agent: HostAgent | undefined, task: SignerTask, stream: unknown): void {
  if (stream instanceof Socket) agent?.connected(stream);
  else agent?.unreachable(task.kind === 'noAgent' ? task.reason : 'the agent has hung up');
}

function warn(text: string): void {
  process.stderr.write(`${text}\r\n`);
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
