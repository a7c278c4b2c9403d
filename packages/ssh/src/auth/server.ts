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

export interface LoginLimits {
  /** Text for people, before they are authenticated. */
  readonly banner?: string | undefined;
  /** Failed attempts after which the connection is ended; absent: 6. */
  readonly maxTries?: number | undefined;
}

/** Methods that have to succeed in this order, such as publickey, then password. */
export type MethodList = readonly string[];

/** A key that somebody would log in with. */
export interface Offer {
  readonly user: string;
  /** Of the signature; it may differ from the key's type. */
  readonly algorithm: string;
  /** The key's blob. */
  readonly key: Uint8Array;
}

/** What to ask of the person (RFC 4256, section 3.2). */
export interface Question {
  readonly name: string;
  readonly instruction: string;
  readonly prompts: readonly { readonly prompt: string; readonly echo: boolean }[];
}

/** The next question, or the end of the dialogue: whether it succeeded. */
export type Turn = Question | boolean;

/** One dialogue by keyboard-interactive. */
export interface Interview {
  /** What comes after these answers, which are none at first and are wiped afterwards. */
  next(answers: readonly Uint8Array[]): Promise<Turn>;
}

/**
 * Who may log in. It is asked the same things for a user who does not exist, and has to take as long to answer. A method
 * without its function here is refused whatever the policy says.
 */
export interface Authenticator {
  /** Any one of these lists is enough. Asked once, when the user's name is known. */
  policy(user: string): readonly MethodList[] | Promise<readonly MethodList[]>;
  /** Whether the user may log in with this key. That the key is there is proven by the time that it counts. */
  allowsKey?(offer: Offer): Promise<boolean>;
  /** Whether it is the user's password; "expired": it is, but has to be changed first. */
  checkPassword?(user: string, password: Uint8Array): Promise<boolean | 'expired'>;
  /** Changes the password, if the present one is right. */
  changePassword?(user: string, password: Uint8Array, replacement: Uint8Array): Promise<boolean>;
  /** Begins a dialogue. */
  interview?(user: string): Interview;
  /** Whether the user may log in without any proof. */
  allowsNothing?(user: string): Promise<boolean>;
  /** An attempt failed; the other side is told when this is done: the place for a constant delay, and for a log. */
  failed?(attempt: { readonly user: string; readonly method: string }): Promise<void>;
}

/** A method that succeeded. */
export interface Step {
  readonly method: string;
  /** The blob of the key, for publickey. */
  readonly key?: Uint8Array;
}

export interface Authenticated {
  readonly user: string;
  readonly steps: readonly Step[];
}

/**
 * Lets the other side authenticate; what it sends afterwards waits for `transport.use`.
 * @throws {SshError} `noMoreMethods` after too many attempts, or as the transport does.
 */
export function authenticateClient(
  transport: Transport,
  authenticator: Authenticator,
  { banner: greeting }: LoginLimits = {},
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
    if (accepted === undefined) return this.#refuse(user, method);
    this.#transport.use(undefined);
    this.#transport.send(bare(SUCCESS));
    this.#resolve({ user, steps: [{ method, ...accepted }] });
  }

  async #judge(method: string, payload: Uint8Array): Promise<Pick<Step, 'key'> | 'asked' | undefined> {
    if (method === 'publickey') return this.#judgeKey(payload);
    if (method === 'password') return this.#judgePassword(payload);
    return undefined;
  }

  async #judgeKey(payload: Uint8Array): Promise<Pick<Step, 'key'> | 'asked' | undefined> {
    const reader = new Reader(payload.subarray(1));
    const { user, signed, algorithm, key } = requestKey.codec.read(reader);
    const unsigned = payload.subarray(0, 1 + reader.offset);
    const allowed = (await this.#authenticator.allowsKey?.({ user, algorithm, key })) ?? false;
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

  async #judgePassword(payload: Uint8Array): Promise<Pick<Step, 'key'> | undefined> {
    const { user, password, change } = decodeMessage(requestPassword, payload);
    const right = (await this.#authenticator.checkPassword?.(user, password)) ?? false;
    password.fill(0);
    return right === true && !change ? {} : undefined;
  }

  /** The first "none" is a question, not an attempt (RFC 4252, section 5.2). */
  async #refuse(user: string, method: string): Promise<void> {
    if (method !== 'none') this.#countTry();
    const methods = [...new Set((await this.#authenticator.policy(user)).map(([first = '']) => first))];
    this.#transport.send(encodeMessage(failure, { methods, partial: false }));
  }

  #countTry(): void {
    this.#tries++;
    if (this.#tries > MAX_TRIES)
      throw new SshError('noMoreMethods', 'Cannot authenticate: too many attempts');
  }
}
