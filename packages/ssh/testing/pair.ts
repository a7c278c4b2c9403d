// A client's and a server's transport, connected within the process.
import { keySigner, type KeySigner } from '@orrery/keys';
import { duplexPair } from 'node:stream';
import { hostKeySigners } from '../src/server-login.ts';
import { defaultPreferences } from '../src/transport/algorithms.ts';
import { Transport, type TransportUser } from '../src/transport/transport.ts';

/** A key of type ssh-ed25519 that is the same every time. */
export function testKey(seed: number): KeySigner {
  return keySigner('ssh-ed25519', new Uint8Array(32).fill(seed));
}

export const hostKey = testKey(1);

export interface TransportPair {
  readonly client: Transport;
  readonly server: Transport;
}

/** Both have keys already. */
export async function makePair(): Promise<TransportPair> {
  const [here, there] = duplexPair();
  const common = {
    preferences: { ...defaultPreferences, hostKeys: ['ssh-ed25519'] },
    rekey: { bytes: 2 ** 30, seconds: 3600 },
  };
  const client = new Transport(here, {
    ...common,
    isClient: true,
    line: 'SSH-2.0-client',
    checkHostKey: () => undefined,
  });
  const server = new Transport(there, {
    ...common,
    isClient: false,
    line: 'SSH-2.0-server',
    hostKeys: hostKeySigners([hostKey]),
    signatureAlgorithms: ['ssh-ed25519'],
  });
  await Promise.all([client.ready, server.ready]);
  return { client, server };
}

/** Notes what comes, and lets a test wait for it. */
export class Listener implements TransportUser {
  readonly payloads: Uint8Array[] = [];
  readonly ended: Promise<Error | undefined>;
  closed: (error: Error | undefined) => void;
  #wake: () => void = () => undefined;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.ended = promise;
    this.closed = resolve;
  }

  receive(payload: Uint8Array): boolean {
    this.payloads.push(payload.slice());
    this.#wake();
    return true;
  }

  /** The oldest message that was not asked for yet. */
  async next(): Promise<Uint8Array> {
    for (;;) {
      const payload = this.payloads.shift();
      if (payload !== undefined) return payload;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
