// The listener's side of the signer.
import { decode, encode } from '@orrery/bytes';
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Questions } from '../asking.ts';
import { FrameLink } from '../frame-link.ts';
import { pipeTo } from '../pipe-to.ts';
import {
  hostKeyList,
  signatureReply,
  signatureRequest,
  type HostKeyList,
  type SignatureRequest,
} from '../protocol.ts';
import { LINK_FD, startRole } from '../role.ts';
import type { SignerTask } from '../signer/task.ts';
import { createCourier } from './socket-courier.ts';

export interface SignerClient {
  readonly keys: HostKeyList;
  /** A signature; empty if it is refused. */
  sign(request: SignatureRequest): Promise<Uint8Array>;
  /** Lets a session process ask it by this pipe, until what is returned is called. */
  adopt(pipe: Socket): () => void;
  /** Asks no more; the process ends when nobody else does. */
  stop(): void;
}

/**
 * Starts the process that has the host keys.
 * @param identity Who it is to be once it has read them, as `uid:gid`; empty for who this process is.
 * @throws {Error} if it cannot use one of the files; `warn` was told why.
 */
export function startSigner(
  identity: string,
  files: readonly string[],
  warn: (text: string) => void,
): Promise<SignerClient> {
  const child = startRole('signer', [identity, ...files], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'ipc'],
    nodeOptions: ['--permission', '--allow-fs-read=*', '--no-experimental-sqlite'],
    detached: true,
  });
  if (child.stderr !== null) createInterface(child.stderr).on('line', warn);
  const courier = createCourier(child, () => warn('the signer takes no more session processes'));
  const started = Promise.withResolvers<SignerClient>();
  const questions = new Questions<Uint8Array>((frame) => link.send(frame));
  let isStarted = false;
  let adopted = 0;
  const link = new FrameLink(linkOf(child), {
    take: (frame) => {
      if (isStarted) return questions.answer(decode(signatureReply, frame).signature);
      isStarted = true;
      started.resolve({
        keys: decode(hostKeyList, frame),
        sign: (request) => questions.ask(encode(signatureRequest, request)).catch(() => new Uint8Array()),
        adopt: (pipe) => {
          const id = (adopted += 1);
          pipe.on('error', () => undefined);
          courier.send({ kind: 'serve', id } satisfies SignerTask, pipe);
          return () => courier.send({ kind: 'release', id } satisfies SignerTask);
        },
        stop: () => {
          link.close();
          courier.close();
        },
      });
    },
    closed: () => {
      questions.close();
      started.reject(new Error('Cannot start the signer: it has ended'));
    },
  });
  return started.promise;
}

/** The pipe between this process and a part of the server that it started. */
export function linkOf(child: ChildProcess): Socket {
  return pipeTo(child, LINK_FD);
}
