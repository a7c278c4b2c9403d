// RFC 4252, the server's side.
import { concat, decode, encode, Reader, string } from '@orrery/bytes';
import { verifySignature } from '@orrery/keys';
import { SshError } from '../ssh-error.ts';
import {
  bare,
  decodeMessage,
  encodeMessage,
  Msg,
  serviceAccept,
  serviceRequest,
} from '../transport/messages.ts';
import type { Transport, TransportUser } from '../transport/transport.ts';
import {
  banner,
  CONNECTION,
  failure,
  keyOk,
  requestHead,
  requestKey,
  requestPassword,
  SUCCESS,
  USERAUTH,
} from './messages.ts';

/** Refused attempts after which the server hangs up; questions about keys count, too. */
const MAX_TRIES = 6;

/** What is to be done with one attempt. */
export type Verdict = 'accept' | 'refuse';

export interface Offer {
  readonly user: string;
  readonly algorithm: string;
  /** The key's blob. */
  readonly key: Uint8Array;
}

/**
 * Who may log in. It is asked the same way whether or not there is such a user, and should take as long: the answer is
 * all that the other side may learn.
 */
export interface Authenticator {
  /** The methods that are told the other side, such as "publickey". */
  readonly methods: readonly string[];
  /** Whether the user may log in with this key. That the key is there is proven by the time that it counts. */
  allowsKey(offer: Offer): Promise<boolean>;
  /** Whether it is the user's password; absent: there are none. */
  checkPassword?(user: string, password: Uint8Array): Promise<boolean>;
}

export interface Authenticated {
  readonly user: string;
  readonly method: string;
  /** The blob of the key that logged in. */
  readonly key?: Uint8Array;
}

/**
 * Lets the other side authenticate; what it sends afterwards waits for `transport.use`.
 * @throws {SshError} `noMoreMethods` after too many attempts, or as the transport does.
 */
export function authenticateClient(
  transport: Transport,
  authenticator: Authenticator,
  greeting?: string,
): Promise<Authenticated> {
  const { promise, resolve, reject } = Promise.withResolvers<Authenticated>();
  transport.use(new Desk(transport, authenticator, greeting, resolve, reject));
  return promise;
}

/** Takes one attempt after the other. */
class Desk implements TransportUser {
  readonly #transport: Transport;
  readonly #authenticator: Authenticator;
  readonly #greeting: string | undefined;
  readonly #resolve: (authenticated: Authenticated) => void;
  readonly #reject: (error: Error) => void;
  #open = false;
  #tries = 0;

  constructor(
    transport: Transport,
    authenticator: Authenticator,
    greeting: string | undefined,
    resolve: (authenticated: Authenticated) => void,
    reject: (error: Error) => void,
  ) {
    this.#transport = transport;
    this.#authenticator = authenticator;
    this.#greeting = greeting;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  closed(error: Error | undefined): void {
    this.#reject(error ?? new SshError('byApplication', 'Cannot authenticate: the connection was ended'));
  }

  receive(payload: Uint8Array): boolean | Promise<boolean> {
    if (payload[0] === Msg.serviceRequest) return this.#openService(payload);
    if (payload[0] !== 50) return false;
    if (!this.#open)
      throw new SshError('protocolError', 'Cannot authenticate: the service was not asked for');
    return this.#attempt(payload).then(() => true);
  }

  #openService(payload: Uint8Array): boolean {
    const { service } = decodeMessage(serviceRequest, payload);
    if (service !== USERAUTH)
      throw new SshError('serviceNotAvailable', `Cannot offer service ${JSON.stringify(service)}`);
    this.#open = true;
    this.#transport.send(encodeMessage(serviceAccept, { service }));
    if (this.#greeting !== undefined)
      this.#transport.send(encodeMessage(banner, { text: this.#greeting, language: new Uint8Array() }));
    return true;
  }

  async #attempt(payload: Uint8Array): Promise<void> {
    const { user, service, method } = requestHead.read(new Reader(payload.subarray(1)));
    if (service !== CONNECTION)
      throw new SshError('serviceNotAvailable', `Cannot offer service ${JSON.stringify(service)}`);
    const accepted = await this.#judge(method, payload);
    if (accepted === 'asked') return;
    if (accepted === undefined) return this.#refuse(method);
    this.#transport.use(undefined);
    this.#transport.send(bare(SUCCESS));
    this.#resolve({ user, method, ...accepted });
  }

  async #judge(
    method: string,
    payload: Uint8Array,
  ): Promise<Pick<Authenticated, 'key'> | 'asked' | undefined> {
    if (!this.#authenticator.methods.includes(method)) return undefined;
    if (method === 'publickey') return this.#judgeKey(payload);
    if (method === 'password') return this.#judgePassword(payload);
    return undefined;
  }

  async #judgeKey(payload: Uint8Array): Promise<Pick<Authenticated, 'key'> | 'asked' | undefined> {
    const reader = new Reader(payload.subarray(1));
    const { user, signed, algorithm, key } = requestKey.codec.read(reader);
    const unsigned = payload.subarray(0, 1 + reader.offset);
    const allowed = await this.#authenticator.allowsKey({ user, algorithm, key });
    if (!signed) {
      reader.end();
      if (!allowed) return undefined;
      this.#countTry();
      this.#transport.send(encodeMessage(keyOk, { algorithm, key }));
      return 'asked';
    }
    const signature = decode(string(65_536), reader.rest());
    const sessionId = this.#transport.sessionId ?? new Uint8Array();
    const message = concat(encode(string(64), sessionId), unsigned);
    const proven = verifySignature(key, algorithm, message, signature);
    return allowed && proven ? { key: key.slice() } : undefined;
  }

  async #judgePassword(payload: Uint8Array): Promise<Pick<Authenticated, 'key'> | undefined> {
    const { user, password, change } = decodeMessage(requestPassword, payload);
    const right = (await this.#authenticator.checkPassword?.(user, password)) ?? false;
    password.fill(0);
    return right && !change ? {} : undefined;
  }

  /** The first "none" is a question, not an attempt (RFC 4252, section 5.2). */
  #refuse(method: string): void {
    if (method !== 'none') this.#countTry();
    const { methods } = this.#authenticator;
    this.#transport.send(encodeMessage(failure, { methods, partial: false }));
  }

  #countTry(): void {
    this.#tries++;
    if (this.#tries > MAX_TRIES)
      throw new SshError('noMoreMethods', 'Cannot authenticate: too many attempts');
  }
}
