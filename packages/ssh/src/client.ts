// A client: one connection to a server, over any duplex stream.
import { utf8 } from '@orrery/bytes';
import type { Duplex } from 'node:stream';
import { AGENT_CHANNEL } from './agent/forwarding.ts';
import { type AgentAccess, AgentGate } from './agent/forward-client.ts';
import type { SessionProof } from './agent/messages.ts';
import { authenticate, type AuthDecider, type AuthMethod } from './auth/client.ts';
import type { Channel } from './connection/channel.ts';
import type { ChannelOpener } from './connection/channel-table.ts';
import { Connection } from './connection/connection.ts';
import { hostKeyLearner } from './connection/host-keys.ts';
import type { KeepAlive } from './connection/keep-alive.ts';
import type { Pace } from './connection/keystrokes.ts';
import { ClientSession } from './connection/session.ts';
import { defaultPreferences, type Preferences } from './transport/algorithms.ts';
import type { CheckHostKey, HostKey, ProvenHostKey } from './transport/exchange.ts';
import { Extension } from './transport/extensions.ts';
import type { RekeyLimits } from './transport/key-lifetime.ts';
import { encodeMessage, ping } from './transport/messages.ts';
import type { Negotiated } from './transport/negotiation.ts';
import { Transport } from './transport/transport.ts';

export interface ConnectOptions {
  readonly user: string;
  /** Says whether the host may have this key, by throwing if not. There is no default: somebody has to know. */
  readonly checkHostKey: CheckHostKey;
  /** Ways to log in: as a list, each is tried at most once, in this order, as soon as the server takes it. */
  readonly authentication: readonly AuthMethod[] | AuthDecider;
  /** Lists that replace the default ones. */
  readonly algorithms?: Partial<Preferences>;
  readonly rekey?: Partial<RekeyLimits>;
  /** Begins the exchange before the offer is known: a round trip less for who prefers the same method and host key. */
  readonly guess?: boolean;
  /** Text of the server for people, before they are authenticated: not to be printed as it is. */
  readonly onBanner?: (text: string) => void;
  /** All host keys of the server, which it proved to have: told by some servers after the login. */
  readonly onHostKeys?: (keys: readonly HostKey[]) => void;
  readonly keepAlive?: KeepAlive;
  /** Hides when keys are pressed in sessions with a terminal. Milliseconds between packets; absent: not hidden. */
  readonly obscureKeystrokesMilliseconds?: number;
  /** The user's agent, which the server may use once a session forwards it, and no other way. */
  readonly agent?: AgentAccess;
  /** What else the server may open, by the channel's type; absent: nothing. */
  readonly channelOpeners?: ReadonlyMap<string, ChannelOpener>;
  /** Largest window of a channel, in bytes. */
  readonly maxWindow?: number;
  /** This side's name and version in its identification, such as "Orrery_0.1". */
  readonly software?: string;
}

/** After an hour or 1 GiB, whichever comes first. */
export const DEFAULT_REKEY: RekeyLimits = { bytes: 2 ** 30, seconds: 3600 };

export const DEFAULT_SOFTWARE = 'Orrery_0.1';

/** A connection to a server on which the user is logged in. */
export interface Client {
  /** Opens a session: a channel for one program. @throws {ChannelOpenError} if the server refuses. */
  session(): Promise<ClientSession>;
  /** Channels of all types. */
  readonly connection: Connection;
  /** What was negotiated last. */
  readonly algorithms: Negotiated;
  /** The key that the server proved to have at the beginning. */
  readonly hostKey: HostKey;
  /** How the server proved it, for whom the user's keys are bound to the session, such as an agent. */
  readonly sessionProof: SessionProof;
  /** Tells the server to refuse further sessions (no-more-sessions@openssh.com). */
  noMoreSessions(): void;
  /** Asks for something that concerns the whole connection; the answer's data, or undefined if it is refused. */
  globalRequest(type: string, data: Uint8Array): Promise<Uint8Array | undefined>;
  /** Begins an exchange of new keys. */
  rekey(): void;
  /** Says goodbye and ends the connection. */
  close(): void;
  /** Resolves after `close`; rejects if the connection ends in another way. */
  readonly closed: Promise<void>;
}

/**
 * Logs in to the server at the other end of `stream`, which belongs to the client from now on.
 * @throws {AuthenticationError} if no method worked. @throws {SshError} if the connection fails, and what
 * `checkHostKey` throws.
 */
export async function connect(stream: Duplex, options: ConnectOptions): Promise<Client> {
  const proofs: Proof[] = [];
  const transport = new Transport(stream, {
    isClient: true,
    line: `SSH-2.0-${options.software ?? DEFAULT_SOFTWARE}`,
    preferences: { ...defaultPreferences, ...options.algorithms },
    rekey: { ...DEFAULT_REKEY, ...options.rekey },
    ...(options.guess !== undefined && { guess: options.guess }),
    checkHostKey: async (key) => {
      await options.checkHostKey(key);
      proofs.push(copyOf(key));
    },
  });
  try {
    await transport.ready;
    // Later key exchanges may be by another one; what the user signs is bound to the first.
    const [proof] = proofs;
    if (proof === undefined) throw new TypeError('Cannot log in: no host key was checked');
    await authenticate(transport, {
      user: options.user,
      methods: options.authentication,
      session: proof.session,
      onBanner: options.onBanner,
    });
    return clientOver(transport, proof, options);
  } catch (error) {
    transport.disconnect('');
    throw error;
  }
}

interface Proof {
  readonly hostKey: HostKey;
  readonly session: SessionProof;
}

/** What came in a packet is overwritten by the next. */
function copyOf({ algorithm, publicKey, exchangeHash, signature }: ProvenHostKey): Proof {
  const hostKey = { algorithm, publicKey: publicKey.slice() };
  const proof = { sessionId: exchangeHash.slice(), signature: signature.slice() };
  return { hostKey, session: { hostKey: hostKey.publicKey, ...proof } };
}

function clientOver(transport: Transport, { hostKey, session }: Proof, options: ConnectOptions): Client {
  const { agent, channelOpeners = [], maxWindow, keepAlive, onHostKeys } = options;
  const gate = agent && new AgentGate(agent, session);
  const connection: Connection = new Connection(transport, {
    channelOpeners: new Map([...channelOpeners, ...(gate ? [[AGENT_CHANNEL, gate.open] as const] : [])]),
    globalRequests: onHostKeys && hostKeyLearner(() => connection, onHostKeys),
    maxWindow,
    keepAlive,
  });
  connection.ended.catch(() => undefined).finally(() => gate?.close());
  const offerAgent = gate && ((channel: Channel) => gate.offer(channel));
  const pace = paceOver(transport, options.obscureKeystrokesMilliseconds);
  return {
    connection,
    hostKey,
    sessionProof: session,
    get algorithms() {
      return algorithmsOf(transport);
    },
    session: async () => new ClientSession(await connection.openChannel('session'), pace, offerAgent),
    noMoreSessions: () => connection.globalNotice('no-more-sessions@openssh.com', new Uint8Array()),
    globalRequest: (type, data) => connection.globalRequest(type, data),
    rekey: () => transport.rekey(),
    close: () => connection.disconnect(),
    closed: connection.ended,
  };
}

/** Chaff is a ping as long as a keystroke; only a server that answers pings gets any. */
function paceOver(transport: Transport, milliseconds: number | undefined): Pace | undefined {
  if (milliseconds === undefined || !transport.extensions.has(Extension.ping)) return undefined;
  const chaff = encodeMessage(ping, { data: utf8('chaff') });
  return { milliseconds, sendChaff: () => transport.send(chaff) };
}

function algorithmsOf({ negotiated }: Transport): Negotiated {
  if (negotiated === undefined) throw new TypeError('Cannot tell the algorithms: no keys were exchanged');
  return negotiated;
}
