// The listener's side of the signer.
import { decode, encode } from '@orrery/bytes';
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { reasonOf } from '../../copy/reason.ts';
import { FrameLink } from '../frame-link.ts';
import { pipeTo } from '../pipe-to.ts';
import { listenerRequest, signerNews, type HostKeyList, type SignatureRequest } from '../protocol.ts';
import { LINK_FD, startRole } from '../role.ts';
import type { SignerFiles, SignerTask } from '../signer/task.ts';
import { connectAgent } from './agent-connection.ts';
import { SignatureRequests } from './signature-requests.ts';
import { createCourier, type SocketCourier } from './socket-courier.ts';

export interface SignerClient {
  readonly keys: HostKeyList;
  /** A signature; empty if it is refused. */
  sign(request: SignatureRequest): Promise<Uint8Array>;
  /** Lets a session process ask it by this pipe, until what is returned is called. */
  adopt(pipe: Socket): () => void;
  /** Asks no more; the process ends when nobody else does. */
  stop(): void;
}

export interface SignerOptions extends Omit<SignerFiles, 'usesAgent'> {
  /** Who it is to be once it has read its files, as `uid:gid`; empty for who this process is. */
  readonly identity: string;
  /** As `Settings.hostKeyAgent`. */
  readonly agent: string | undefined;
  readonly warn: (text: string) => void;
}

/**
 * Starts the process that has the host keys.
 * @throws {Error} if it has none that it can use; `warn` was told why.
 */
export function startSigner({ identity, agent, warn, ...named }: SignerOptions): Promise<SignerClient> {
  const files: SignerFiles = { ...named, usesAgent: agent !== undefined };
  const child = startRole('signer', [identity, JSON.stringify(files)], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'ipc'],
    nodeOptions: ['--permission', '--allow-fs-read=*', '--no-experimental-sqlite'],
    detached: true,
  });
  if (child.stderr !== null) createInterface(child.stderr).on('line', warn);
  const courier = createCourier(child, () => warn('the signer takes no more session processes'));
  const bringAgent = agentBringer(agent, courier);
  const started = Promise.withResolvers<SignerClient>();
  const pipe = linkOf(child);
  const requests = new SignatureRequests(pipe, (id, request) =>
    link.send(encode(listenerRequest, { id, request })),
  );
  const link = new FrameLink(pipe, {
    take: (frame) => {
      const news = decode(signerNews, frame);
      if (news.kind === 'signature') return requests.answer(news.id, news.signature);
      if (news.kind === 'agentWanted') return bringAgent();
      bringAgent(warn);
      started.resolve({
        keys: news.keys,
        sign: (request) => requests.ask(request),
        adopt: adopter(courier),
        stop: () => {
          link.close();
          courier.close();
        },
      });
    },
    closed: () => {
      requests.close();
      started.reject(new Error('Cannot start the signer: it has ended'));
    },
  });
  return started.promise;
}

/** Connects to the agent for the signer, once at a time. The signer says when it would have needed it. */
function agentBringer(
  agent: string | undefined,
  courier: SocketCourier,
): (failed?: (reason: string) => void) => void {
  let isUnderWay = false;
  const bring = async (place: string, failed?: (reason: string) => void): Promise<void> => {
    try {
      courier.send({ kind: 'agent' } satisfies SignerTask, await connectAgent(place));
    } catch (error) {
      const reason = reasonOf(error);
      failed?.(reason);
      courier.send({ kind: 'noAgent', reason } satisfies SignerTask);
    }
  };
  return (failed) => {
    if (agent === undefined || isUnderWay) return;
    isUnderWay = true;
    void bring(agent, failed).finally(() => {
      isUnderWay = false;
    });
  };
}

function adopter(courier: SocketCourier): SignerClient['adopt'] {
  let adopted = 0;
  return (pipe) => {
    const id = (adopted += 1);
    pipe.on('error', () => undefined);
    courier.send({ kind: 'serve', id } satisfies SignerTask, pipe);
    return () => courier.send({ kind: 'release', id } satisfies SignerTask);
  };
}

/** The pipe between this process and a part of the server that it started. */
export function linkOf(child: ChildProcess): Socket {
  return pipeTo(child, LINK_FD);
}
