// The first half of a server: keys, and a user who proves to be one.
import { signatureNames, type KeySigner } from '@orrery/keys';
import type { Duplex } from 'node:stream';
import type { Authenticated, Authenticator } from './auth/authenticator.ts';
import { authenticateClient } from './auth/server.ts';
import { DEFAULT_REKEY, DEFAULT_SOFTWARE } from './client.ts';
import { SshError } from './ssh-error.ts';
import { Alarm } from './transport/alarm.ts';
import { defaultPreferences, type Preferences } from './transport/algorithms.ts';
import type { HostKeySigner } from './transport/exchange.ts';
import type { RekeyLimits } from './transport/key-lifetime.ts';
import type { Negotiated } from './transport/negotiation.ts';
import type { TransportState } from './transport/transport-state.ts';
import { Transport } from './transport/transport.ts';

/** How long a login may take unless the caller says otherwise, as OpenSSH. */
const GRACE_SECONDS = 120;

/** A key of a server, which may be elsewhere. */
export interface ServerKey extends KeySigner {
  /**
   * Signs an exchange hash, for who wants to see what was hashed (RFC 5656, section 4); absent: `sign` does.
   * @param input With the shared secret at its end; wiped afterwards.
   */
  signExchange?(input: Uint8Array, exchangeHash: Uint8Array, algorithm: string): Promise<Uint8Array>;
}

/** What a connection needs of its server, whoever is logged in. */
export interface TransportOptions {
  /** Each is used by all of its algorithms that are in the preferences. */
  readonly hostKeys: readonly ServerKey[];
  readonly algorithms?: Partial<Preferences>;
  readonly rekey?: Partial<RekeyLimits>;
  /** This side's name and version in its identification, such as "Orrery_0.1". */
  readonly software?: string;
}

/** What concerns a connection before somebody is logged in. */
export interface LoginOptions extends TransportOptions {
  readonly authenticator: Authenticator;
  /** Signatures that users' keys may make; absent: all that are known. */
  readonly userKeyAlgorithms?: readonly string[];
  /** How long a login may take; absent: 120, 0: for ever. */
  readonly loginGraceSeconds?: number;
  /** Failed attempts after which the connection is ended; absent: 6. */
  readonly maxAuthTries?: number;
}

/** A client whose user is authenticated. */
export interface Login extends Authenticated {
  readonly transport: Transport;
  readonly algorithms: Negotiated;
}

/** Lets the user at the other end of `stream` log in. The login can then be served here, or exported. */
export function acceptLogin(stream: Duplex, options: LoginOptions): Promise<Login> {
  return startLogin(stream, options).login;
}

export interface StartedLogin {
  readonly transport: Transport;
  /** Rejects with {SshError} if nobody logs in. */
  readonly login: Promise<Login>;
}

/** The same, for who may have to end it before. */
export function startLogin(stream: Duplex, options: LoginOptions): StartedLogin {
  const used: Uint8Array[] = [];
  const names = options.userKeyAlgorithms ?? signatureNames;
  const transport = new Transport(stream, {
    ...serverRole(options, (publicKey) => void used.push(publicKey)),
    signatureAlgorithms: names,
  });
  return { transport, login: logIn(transport, { ...options, userKeyAlgorithms: names }, () => used[0]) };
}

/** A connection whose user logged in where `acceptLogin` was called, taken over with what `exportState` gave there. */
export function resumeLogin(
  stream: Duplex,
  state: TransportState,
  authenticated: Authenticated,
  options: TransportOptions,
): Login {
  const transport = new Transport(stream, serverRole(options), state);
  return withAlgorithms(transport, authenticated);
}

/** The signers by the names of their algorithms, for a transport. @param onUse Is told which key signs. */
export function hostKeySigners(
  keys: readonly ServerKey[],
  onUse?: (publicKey: Uint8Array) => void,
): ReadonlyMap<string, HostKeySigner> {
  const signer = (key: ServerKey, algorithm: string): HostKeySigner => ({
    publicKey: key.publicKey,
    sign: (exchangeHash, input) => {
      onUse?.(key.publicKey);
      return key.signExchange?.(input, exchangeHash, algorithm) ?? key.sign(exchangeHash, algorithm);
    },
  });
  return new Map(keys.flatMap((key) => key.algorithms.map((name) => [name, signer(key, name)] as const)));
}

function serverRole(options: TransportOptions, onUse?: (publicKey: Uint8Array) => void) {
  return {
    isClient: false,
    line: `SSH-2.0-${options.software ?? DEFAULT_SOFTWARE}`,
    preferences: { ...defaultPreferences, ...options.algorithms },
    rekey: { ...DEFAULT_REKEY, ...options.rekey },
    hostKeys: hostKeySigners(options.hostKeys, onUse),
  } as const;
}

async function logIn(
  transport: Transport,
  options: LoginOptions,
  hostKey: () => Uint8Array | undefined,
): Promise<Login> {
  const seconds = options.loginGraceSeconds ?? GRACE_SECONDS;
  const late = new SshError('byApplication', `Cannot log in: it took more than ${seconds} seconds`);
  const grace = new Alarm(() => transport.fail(late));
  grace.set(seconds);
  try {
    const authenticated = await authenticateClient(transport, options.authenticator, {
      hostKey,
      signatures: options.userKeyAlgorithms,
      maxTries: options.maxAuthTries,
    });
    return withAlgorithms(transport, authenticated);
  } finally {
    grace.stop();
  }
}

function withAlgorithms(transport: Transport, authenticated: Authenticated): Login {
  const { negotiated } = transport;
  if (negotiated === undefined) throw new TypeError('Cannot serve the connection: it has no keys');
  return { ...authenticated, transport, algorithms: negotiated };
}
