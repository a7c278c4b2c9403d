// The listener's side of the signer.
import { decode, encode } from '@orrery/bytes';
import type { ChildProcess } from 'node:child_process';
import { Duplex } from 'node:stream';
import { createInterface } from 'node:readline';
import { FrameLink } from '../frame-link.ts';
import { hostKeyList, signatureReply, signatureRequest, type HostKeyList } from '../protocol.ts';
import { startRole } from '../role.ts';

export interface SignerClient {
  readonly keys: HostKeyList;
  /** A signature; empty if it is refused. */
  sign(algorithm: string, message: Uint8Array): Promise<Uint8Array>;
  /** Ends the process; what is asked later is refused. */
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
  const child = startRole('signer', [identity, ...files], { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  if (child.stderr !== null) createInterface(child.stderr).on('line', warn);
  const started = Promise.withResolvers<SignerClient>();
  const waiting: ((signature: Uint8Array) => void)[] = [];
  let isStarted = false;
  const link = new FrameLink(linkOf(child), {
    take: (frame) => {
      if (isStarted) return waiting.shift()?.(decode(signatureReply, frame).signature);
      isStarted = true;
      started.resolve({
        keys: decode(hostKeyList, frame),
        sign: (algorithm, message) =>
          new Promise((resolve) => {
            waiting.push(resolve);
            link.send(encode(signatureRequest, { algorithm, message }));
          }),
        stop: () => link.close(),
      });
    },
    closed: () => {
      for (const resolve of waiting.splice(0)) resolve(new Uint8Array());
      started.reject(new Error('Cannot start the signer: it has ended'));
    },
  });
  return started.promise;
}

/** The pipe between this process and a part of the server that it started. */
export function linkOf(child: ChildProcess): Duplex {
  const pipe = child.stdio[3];
  if (!(pipe instanceof Duplex)) throw new TypeError('Cannot talk to a part of the server: there is no pipe');
  return pipe;
}
