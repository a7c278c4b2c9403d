// A server: connections of clients, over any duplex streams.
import type { KeySigner } from '@orrery/keys';
import type { Duplex } from 'node:stream';
import { agentChannels, type OpenAgentChannel } from './agent/forward-server.ts';
import type { ChannelOpener, OpenAnswer } from './connection/channel-table.ts';
import { Connection } from './connection/connection.ts';
import type { GlobalHandler } from './connection/global-requests.ts';
import { announceHostKeys, hostKeyProver } from './connection/host-keys.ts';
import type { KeepAlive } from './connection/keep-alive.ts';
import { serveSession, type SessionHandlers } from './connection/session-server.ts';
import { startLogin, type Login, type LoginOptions } from './server-login.ts';

/** Sessions at the same time unless the caller says otherwise, as OpenSSH. */
const MAX_SESSIONS = 10;

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
  /** Keys that are told the client, which then learns those that it does not know; absent: none. */
  readonly hostKeys?: readonly KeySigner[];
  readonly keepAlive?: KeepAlive;
  /** Sessions at the same time; absent: 10. */
  readonly maxSessions?: number;
  /** Largest window of a channel, in bytes; absent: 32 MiB. */
  readonly maxWindow?: number;
}

export interface ServerOptions extends LoginOptions, Omit<ServiceOptions, 'hostKeys'> {}

/** A connection of a client. */
export interface ServerConnection {
  /** Resolves when the user is logged in; rejects if that does not come to pass. */
  readonly login: Promise<Login>;
  /** Resolves after `close`; rejects if the connection ends in another way. */
  readonly closed: Promise<void>;
  /** Says goodbye and ends the connection. */
  close(): void;
}

/** Serves every client by the same options: the result is called with each new stream, which belongs to it then. */
export function createServer(options: ServerOptions): (stream: Duplex) => ServerConnection {
  return (stream) => {
    const { transport, login } = startLogin(stream, options);
    const closed = login.then((found) => serveLogin(found, options).ended);
    closed.catch(() => undefined);
    return { login, closed, close: () => transport.disconnect('') };
  };
}

/** The second half of a server: serves a user who is logged in. */
export function serveLogin(login: Login, options: ServiceOptions): Connection {
  const { handlers, hostKeys = [], keepAlive, maxWindow } = options;
  const openAgent = agentChannels((type) => connection.openChannel(type));
  const sessions = new Sessions(login, handlers, options.maxSessions ?? MAX_SESSIONS, openAgent);
  const connection: Connection = new Connection(login.transport, {
    channelOpeners: new Map([...(handlers.channelOpeners ?? []), ['session', sessions.open]]),
    globalRequests: new Map([
      ...(handlers.globalRequests ?? []),
      ...hostKeyProver(hostKeys, login.transport.sessionId ?? new Uint8Array()),
      ['no-more-sessions@openssh.com', sessions.refuse],
    ]),
    maxWindow,
    keepAlive,
  });
  if (hostKeys.length > 0) announceHostKeys(connection, hostKeys);
  return connection;
}

/** Opens a user's sessions, so many at the same time. */
class Sessions {
  readonly #login: Login;
  readonly #handlers: ServerHandlers;
  readonly #openAgent: OpenAgentChannel;
  #left: number;
  #isRefused = false;

  constructor(login: Login, handlers: ServerHandlers, max: number, openAgent: OpenAgentChannel) {
    this.#login = login;
    this.#handlers = handlers;
    this.#openAgent = openAgent;
    this.#left = max;
  }

  readonly open: ChannelOpener = (): OpenAnswer => {
    if (this.#isRefused) return { refuse: 'administrativelyProhibited', why: 'no more sessions' };
    if (this.#left === 0) return { refuse: 'administrativelyProhibited', why: 'too many sessions' };
    const session = this.#handlers.session?.(this.#login);
    if (session === undefined) return { refuse: 'administrativelyProhibited', why: 'no sessions' };
    this.#left--;
    return {
      accept: (channel) => {
        channel.once('closed', () => this.#left++);
        serveSession(channel, session, this.#openAgent);
      },
    };
  };

  /** The client is sure that it wants no more (OpenSSH's PROTOCOL, section 2.2). */
  readonly refuse: GlobalHandler = () => {
    this.#isRefused = true;
    return new Uint8Array();
  };
}
