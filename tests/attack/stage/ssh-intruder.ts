// A client of SSH that sends whatever the test wants, and a server of ours for it.
import { Writer } from '@orrery/bytes';
import { keySigner } from '@orrery/keys';
import {
  authenticate,
  createServer,
  defaultPreferences,
  publicKey,
  Transport,
  type Authenticator,
  type ServerConnection,
  type ServerOptions,
} from '@orrery/ssh';
import { duplexPair } from 'node:stream';
import { after } from 'node:test';

const REQUEST_FAILURE = 82;

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

export const host = keySigner('ssh-ed25519', new Uint8Array(32).fill(1));
export const key = keySigner('ssh-ed25519', new Uint8Array(32).fill(2));

export const letsKeyIn: Authenticator = {
  policy: () => [['publickey']],
  allowsKey: async (offer) => offer.key.toHex() === key.publicKey.toHex(),
};

/** The client's side, below everything that behaves. */
export interface Peer {
  readonly transport: Transport;
  readonly server: ServerConnection;
  /** Numbers of all messages that came. */
  readonly numbers: number[];
  /** The last message of this number that came, if one did. */
  last(number: number): Uint8Array | undefined;
  send(payload: Writer): void;
  /** Takes what comes from now on. */
  listen(): void;
  /** Hangs up, until the server has noticed. */
  end(): Promise<void>;
  /** Until the server has handled what was sent, or the connection is over. */
  settle(): Promise<void>;
  /** Why the server ended the connection; undefined while it goes on. */
  reason(): string | undefined;
}

const open: Transport[] = [];
after(() => {
  for (const transport of open) transport.disconnect('');
});

/** A connection that is not logged in yet. */
export async function reach(options: Partial<ServerOptions> = {}): Promise<Peer> {
  const [here, there] = duplexPair();
  const serve = createServer({ hostKeys: [host], authenticator: letsKeyIn, handlers: {}, ...options });
  const server = serve(there);
  let reason: string | undefined;
  const note = (error: unknown): void => {
    reason = String(error);
  };
  server.login.catch(note);
  server.closed.catch(note);
  const transport = new Transport(here, {
    isClient: true,
    line: 'SSH-2.0-hostile',
    preferences: defaultPreferences,
    rekey: { bytes: 2 ** 30, seconds: 3600 },
    checkHostKey: () => undefined,
  });
  open.push(transport);
  await transport.ready;
  const peer = peerOver(transport, server, () => reason);
  peer.listen();
  return peer;
}

/** A connection whose user is logged in. */
export async function intrude(options: Partial<ServerOptions> = {}): Promise<Peer> {
  const peer = await reach(options);
  await authenticate(peer.transport, { user: 'ann', methods: [publicKey(key)] });
  peer.listen();
  return peer;
}

function peerOver(transport: Transport, server: ServerConnection, reason: Peer['reason']): Peer {
  const payloads = new Map<number, Uint8Array>();
  const numbers: number[] = [];
  let isLoggedIn = false;
  const over = new AbortController();
  server.login.then(
    () => {
      isLoggedIn = true;
    },
    () => undefined,
  );
  return {
    transport,
    server,
    numbers,
    last: (number) => payloads.get(number),
    send: (payload) => transport.send(payload.finish()),
    listen: () =>
      transport.use({
        receive: (payload) => {
          numbers.push(payload[0] ?? 0);
          payloads.set(payload[0] ?? 0, payload.slice());
          return true;
        },
        closed: () => {
          over.abort();
        },
      }),
    end: async () => {
      transport.disconnect('');
      await server.closed.catch(() => undefined);
    },
    settle: async () => {
      if (isLoggedIn) {
        const answered = numbers.filter((number) => number === REQUEST_FAILURE).length;
        transport.send(new Writer().byte(80).text('settle@test').boolean(true).finish());
        while (
          !over.signal.aborted &&
          numbers.filter((number) => number === REQUEST_FAILURE).length === answered
        )
          await pause();
      }
      for (let before = -1, quiet = 0; quiet < 3; before = numbers.length) {
        await pause();
        quiet = before === numbers.length ? quiet + 1 : 0;
      }
    },
    reason,
  };
}
