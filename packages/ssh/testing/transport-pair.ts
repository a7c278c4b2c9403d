// Two transports, client and server, for tests.
import { ed25519 } from '@orrery/crypto';
import { keySigner } from '@orrery/keys';
import { duplexPair, type Duplex } from 'node:stream';
import { defaultPreferences, type Preferences } from '../src/transport/algorithms.ts';
import type { ClientRole, ServerRole } from '../src/transport/exchange-role.ts';
import type { ProvenHostKey } from '../src/transport/exchange.ts';
import { Transport, type TransportUser } from '../src/transport/transport.ts';

/** Messages that belong to no protocol begin with this byte, for a test's own. */
export const TEST_MESSAGE = 0x5a;

/** Keeps what it receives. */
export class Recorder implements TransportUser {
  readonly received: Uint8Array[] = [];
  readonly ended: Promise<Error | undefined>;
  readonly #ended = Promise.withResolvers<Error | undefined>();
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor() {
    this.ended = this.#ended.promise;
  }

  receive(payload: Uint8Array): boolean {
    this.received.push(payload.slice());
    if (this.received.length === this.#waiting?.count) this.#waiting.resolve();
    return true;
  }

  closed(error: Error | undefined): void {
    this.#ended.resolve(error);
    this.#waiting?.resolve();
  }

  /** Resolves when so many messages have come. */
  async until(count: number): Promise<void> {
    if (this.received.length >= count) return;
    await new Promise<void>((resolve) => (this.#waiting = { count, resolve }));
  }

  get texts(): readonly string[] {
    return this.received.map((payload) => Buffer.from(payload).toString('latin1'));
  }
}

export const hostKey = keySigner('ssh-ed25519', ed25519.generate().secretKey);

const NO_LIMITS = { bytes: 0, seconds: 0 };

export interface PairOptions {
  readonly preferences?: Partial<Preferences>;
  readonly client?: Partial<ClientRole>;
  readonly server?: Partial<ServerRole>;
}

/** Roles that accept each other. `seen` gets the host key of every exchange. */
export function makeRoles({ preferences, client, server }: PairOptions = {}): {
  readonly clientRole: ClientRole;
  readonly serverRole: ServerRole;
  readonly seen: ProvenHostKey[];
} {
  const seen: ProvenHostKey[] = [];
  const common = { preferences: { ...defaultPreferences, ...preferences }, rekey: NO_LIMITS };
  const signer = {
    publicKey: hostKey.publicKey,
    sign: (hash: Uint8Array) => hostKey.sign(hash, 'ssh-ed25519'),
  };
  return {
    seen,
    clientRole: {
      ...common,
      isClient: true,
      line: 'SSH-2.0-client',
      checkHostKey: (key) => void seen.push({ ...key, publicKey: key.publicKey.slice() }),
      ...client,
    },
    serverRole: {
      ...common,
      isClient: false,
      line: 'SSH-2.0-server',
      hostKeys: new Map([['ssh-ed25519', signer]]),
      ...server,
    },
  };
}

export interface Side {
  readonly transport: Transport;
  readonly user: Recorder;
  readonly stream: Duplex;
}

/** Both sides, with keys. */
export async function makePair(
  options: PairOptions = {},
): Promise<{ readonly client: Side; readonly server: Side; readonly seen: readonly ProvenHostKey[] }> {
  const [here, there] = duplexPair();
  const { clientRole, serverRole, seen } = makeRoles(options);
  const client = side(here, new Transport(here, clientRole));
  const server = side(there, new Transport(there, serverRole));
  await Promise.all([client.transport.ready, server.transport.ready]);
  return { client, server, seen };
}

export function side(stream: Duplex, transport: Transport): Side {
  const user = new Recorder();
  transport.use(user);
  return { transport, user, stream };
}

export function message(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(`Z${text}`, 'latin1'));
}

/** The server tells that the client is authenticated, and the client knows. */
export async function authenticated(pair: { readonly client: Side; readonly server: Side }): Promise<void> {
  const { length } = pair.client.user.received;
  pair.server.transport.send(Uint8Array.of(52));
  await pair.client.user.until(length + 1);
}
