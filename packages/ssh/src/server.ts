// A server: one connection of a client, over any duplex stream.
import type { KeySigner } from '@orrery/keys';
import type { Duplex } from 'node:stream';
import type { Authenticated, Authenticator } from './auth/authenticator.ts';
import { authenticateClient } from './auth/server.ts';
import { DEFAULT_REKEY, DEFAULT_SOFTWARE, type KeepAlive } from './client.ts';
import {
  Connection,
  type ChannelOpener,
  type GlobalHandler,
  type OpenAnswer,
} from './connection/connection.ts';
import { serveSession, type SessionHandlers } from './connection/session-server.ts';
import { SshError } from './ssh-error.ts';
import { defaultPreferences, type Preferences } from './transport/algorithms.ts';
import type { HostKeySigner } from './transport/exchange.ts';
import type { RekeyLimits } from './transport/key-exchange.ts';
import type { Negotiated } from './transport/negotiation.ts';
import { Transport } from './transport/transport.ts';

/** What concerns a connection before somebody is logged in. */
export interface LoginOptions {
  /** The server's keys, which may be elsewhere; each is used by all of its algorithms that are in the preferences. */
  readonly hostKeys: readonly KeySigner[];
  readonly authenticator: Authenticator;
  readonly algorithms?: Partial<Preferences>;
  readonly rekey?: Partial<RekeyLimits>;
  /** Text for people, before they are authenticated. */
  readonly banner?: string;
  /** How long a login may take; absent: 120. */
  readonly loginGraceSeconds?: number;
  /** Failed attempts after which the connection is ended; absent: 6. */
  readonly maxAuthTries?: number;
  /** This side's name and version in its identification, such as "Orrery_0.1". */
  readonly software?: string;
}

/** What a user may do who is logged in. What is absent is refused. */
export interface ServerHandlers {
  /** A session was asked for: what it may do, or undefined to refuse it. */
  session?(login: Login): SessionHandlers | undefined;
  /** Channels of other types, by type. */
  readonly channelOpeners?: ReadonlyMap<string, ChannelOpener>;
  /** Requests that concern the whole connection, by type. */
  readonly globalRequests?: ReadonlyMap<string, GlobalHandler>;
}

export interface ServiceOptions {
  readonly handlers: ServerHandlers;
  readonly keepAlive?: KeepAlive;
  /** Sessions at the same time; absent: 10. */
  readonly maxSessions?: number;
  /** Largest window of a channel, in bytes. */
  readonly maxWindow?: number;
}

export interface ServerOptions extends LoginOptions, ServiceOptions {}

/** A client whose user is authenticated. */
export interface Login extends Authenticated {
  readonly transport: Transport;
  readonly algorithms: Negotiated;
}

/** A connection of a client. */
export interface ServerConnection {
  /** Resolves when the user is logged in; rejects if that does not come to pass. */
  readonly login: Promise<Login>;
  /** Resolves when the connection has ended; rejects if it did not end in peace. */
  readonly closed: Promise<void>;
  /** Says goodbye and ends the connection. */
  close(): void;
}

const GRACE_SECONDS = 120;

/** Serves every client by the same options: the result is called with each new stream, which belongs to it then. */
export function createServer(options: ServerOptions): (stream: Duplex) => ServerConnection {
  return (stream) => {
    const transport = serverTransport(stream, options);
    const login = logIn(transport, options);
    const closed = login.then((found) => serveLogin(found, options).ended);
    closed.catch(() => undefined);
    return { login, closed, close: () => transport.disconnect('') };
  };
}

/** The first half of a server, for one that hands authenticated connections to another process. */
export function acceptLogin(stream: Duplex, options: LoginOptions): Promise<Login> {
  return logIn(serverTransport(stream, options), options);
}

/** The second half: serves a user who is logged in. */
export function serveLogin(login: Login, options: ServiceOptions): Connection {
  const { handlers, maxWindow } = options;
  return new Connection(login.transport, {
    openers: new Map([...(handlers.channelOpeners ?? []), ['session', sessionOpener(login, handlers)]]),
    globalRequests: handlers.globalRequests ?? new Map(),
    ...(maxWindow !== undefined && { maxWindow }),
  });
}

function serverTransport(stream: Duplex, options: LoginOptions): Transport {
  return new Transport(stream, {
    isClient: false,
    line: `SSH-2.0-${options.software ?? DEFAULT_SOFTWARE}`,
    preferences: { ...defaultPreferences, ...options.algorithms },
    rekey: { ...DEFAULT_REKEY, ...options.rekey },
    hostKeys: hostKeySigners(options.hostKeys),
  });
}

/** The signers by the names of their algorithms, for a transport. */
export function hostKeySigners(keys: readonly KeySigner[]): ReadonlyMap<string, HostKeySigner> {
  return new Map(
    keys.flatMap((key) =>
      key.algorithms.map((algorithm): [string, HostKeySigner] => [
        algorithm,
        { publicKey: key.publicKey, sign: (exchangeHash) => key.sign(exchangeHash, algorithm) },
      ]),
    ),
  );
}

async function logIn(transport: Transport, options: LoginOptions): Promise<Login> {
  const seconds = options.loginGraceSeconds ?? GRACE_SECONDS;
  const timer = setTimeout(
    () =>
      transport.fail(new SshError('byApplication', `Cannot log in: it took more than ${seconds} seconds`)),
    seconds * 1000,
  );
  try {
    const authenticated = await authenticateClient(transport, options.authenticator, {
      banner: options.banner,
      maxTries: options.maxAuthTries,
    });
    const { negotiated } = transport;
    if (negotiated === undefined) throw new TypeError('Cannot log in: no keys were exchanged');
    return { ...authenticated, transport, algorithms: negotiated };
  } finally {
    clearTimeout(timer);
  }
}

function sessionOpener(login: Login, handlers: ServerHandlers): ChannelOpener {
  return (): OpenAnswer => {
    const session = handlers.session?.(login);
    if (session === undefined) return { refuse: 'administrativelyProhibited', why: 'no sessions' };
    return { accept: (channel) => serveSession(channel, session) };
  };
}
