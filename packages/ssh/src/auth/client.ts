// RFC 4252, the client's side.
import { concat, encode, string } from '@orrery/bytes';
import type { KeySigner } from '@orrery/keys';
import { SshError } from '../ssh-error.ts';
import { decodeMessage, encodeMessage, Msg, serviceAccept, serviceRequest } from '../transport/messages.ts';
import type { Transport, TransportUser } from '../transport/transport.ts';
import {
  banner,
  CONNECTION,
  failure,
  keyOk,
  requestKey,
  requestNone,
  requestPassword,
  SUCCESS,
  USERAUTH,
} from './messages.ts';

/** What the server says to an attempt. */
export type Answer =
  | { readonly kind: 'success' }
  | { readonly kind: 'failure'; readonly methods: readonly string[]; readonly partial: boolean }
  /** A message of the method's own, from number 60 on. */
  | { readonly kind: 'method'; readonly payload: Uint8Array };

/** Talks to the server about one method; the answer that ends it is a success or a failure. */
export interface AuthExchange {
  readonly user: string;
  readonly sessionId: Uint8Array;
  /** Sends a message and waits for the answer. */
  ask(payload: Uint8Array): Promise<Answer>;
}

/** A way to authenticate. */
export interface AuthMethod {
  /** Its name in the protocol. */
  readonly name: string;
  /** Undefined: it gave up before it had asked for anything. */
  attempt(exchange: AuthExchange): Promise<Answer | undefined>;
}

/** What is known when a method is to be chosen. */
export interface AuthState {
  /** Names of the methods that the server takes; undefined before it was asked. */
  readonly allowed: readonly string[] | undefined;
  /** The last attempt succeeded, but more is needed. */
  readonly isPartial: boolean;
}

/** Chooses what to try next; undefined gives up. */
export type AuthDecider = (state: AuthState) => AuthMethod | undefined | Promise<AuthMethod | undefined>;

export interface AuthOptions {
  readonly user: string;
  readonly methods: readonly AuthMethod[] | AuthDecider;
  /** Text of the server for people, before they are authenticated: not to be printed as it is. */
  readonly banner?: (text: string) => void;
}

/** No method worked. `methods`: those that the server still takes. */
export class AuthenticationError extends SshError {
  readonly methods: readonly string[];

  constructor(user: string, methods: readonly string[]) {
    super(
      'noMoreMethods',
      `Cannot log in as "${user}": the server takes ${methods.join(', ') || 'nothing more'}`,
    );
    this.methods = methods;
  }
}

/**
 * Authenticates to the connection protocol. The first attempt leaves together with the request for the service.
 * @throws {AuthenticationError} if every method was refused.
 */
export async function authenticate(transport: Transport, options: AuthOptions): Promise<void> {
  await transport.ready;
  const dialogue = new Dialogue(transport, options);
  transport.use(dialogue);
  transport.send(encodeMessage(serviceRequest, { service: USERAUTH }));
  const decide = typeof options.methods === 'function' ? options.methods : inOrder(options.methods);
  let state: AuthState = { allowed: undefined, isPartial: false };
  for (let method = await decide(state); method !== undefined; method = await decide(state)) {
    const answer = await method.attempt(dialogue);
    if (answer === undefined) continue;
    if (answer.kind === 'success') return;
    if (answer.kind === 'method')
      throw new SshError(
        'protocolError',
        `Cannot authenticate by ${method.name}: message ${answer.payload[0]} is none of it`,
      );
    state = { allowed: answer.methods, isPartial: answer.partial };
  }
  throw new AuthenticationError(options.user, state.allowed ?? []);
}

/** Each method once: the first that is left and that the server takes. */
function inOrder(methods: readonly AuthMethod[]): AuthDecider {
  const left = [...methods];
  return ({ allowed }) => {
    const at = left.findIndex(({ name }) => allowed === undefined || allowed.includes(name));
    return at < 0 ? undefined : left.splice(at, 1)[0];
  };
}

/** Without proof: it tells which methods there are (RFC 4252, section 5.2). */
export const noAuthentication: AuthMethod = {
  name: 'none',
  attempt: ({ user, ask }) => ask(encodeMessage(requestNone, { user, service: CONNECTION, method: 'none' })),
};

export interface PublicKeyOptions {
  /** Signs without asking first whether the key would do: one round trip less, for the key that worked before. */
  readonly sure?: boolean;
  /** Names of signatures that may be used; absent: all that the key can make. */
  readonly algorithms?: readonly string[];
}

/** RFC 4252, section 7. The key signs only after the server has taken it, unless it is sure. */
export function publicKey(key: KeySigner, { sure = false, algorithms }: PublicKeyOptions = {}): AuthMethod {
  const name = 'publickey';
  return {
    name,
    attempt: async ({ user, sessionId, ask }) => {
      const algorithm = key.algorithms.find((one) => algorithms?.includes(one) ?? true) ?? '';
      const request = { user, service: CONNECTION, method: name, algorithm, key: key.publicKey };
      if (!sure) {
        const answer = await ask(encodeMessage(requestKey, { ...request, signed: false }));
        if (answer.kind !== 'method') return answer;
        demandSameKey(answer.payload, request);
      }
      const unsigned = encodeMessage(requestKey, { ...request, signed: true });
      const signature = await key.sign(concat(encode(string(64), sessionId), unsigned), algorithm);
      return ask(concat(unsigned, encode(string(65_536), signature)));
    },
  };
}

/** Gives a password, which is wiped once it is sent; undefined gives up. */
export type GivePassword = () => Promise<Uint8Array | undefined>;

/** Gives the present password and a new one; undefined gives up. `prompt` is not to be printed as it is. */
export type ChangePassword = (
  prompt: string,
) => Promise<{ readonly password: Uint8Array; readonly replacement: Uint8Array } | undefined>;

/** RFC 4252, section 8. Without `change`, a password that has to be changed is refused. */
export function password(give: GivePassword, _change?: ChangePassword): AuthMethod {
  const name = 'password';
  return {
    name,
    attempt: async ({ user, ask }) => {
      const secret = await give();
      if (secret === undefined) return undefined;
      const request = { user, service: CONNECTION, method: name, change: false, password: secret };
      return ask(encodeMessage(requestPassword, request));
    },
  };
}

function demandSameKey(
  payload: Uint8Array,
  request: { readonly algorithm: string; readonly key: Uint8Array },
): void {
  const { algorithm, key } = decodeMessage(keyOk, payload);
  if (algorithm !== request.algorithm || key.toHex() !== request.key.toHex())
    throw new SshError(
      'protocolError',
      'Cannot authenticate: the server accepted a key that was not offered',
    );
}

/** One question at a time. */
class Dialogue implements TransportUser, AuthExchange {
  readonly user: string;
  readonly #transport: Transport;
  readonly #options: AuthOptions;
  #waiting: PromiseWithResolvers<Answer> | undefined;
  #error: Error | undefined;

  constructor(transport: Transport, options: AuthOptions) {
    this.user = options.user;
    this.#transport = transport;
    this.#options = options;
  }

  get sessionId(): Uint8Array {
    return this.#transport.sessionId ?? new Uint8Array();
  }

  readonly ask = (payload: Uint8Array): Promise<Answer> => {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    this.#waiting = Promise.withResolvers();
    this.#transport.send(payload);
    return this.#waiting.promise;
  };

  receive(payload: Uint8Array): boolean {
    const number = payload[0] ?? 0;
    switch (number) {
      case Msg.serviceAccept:
        return decodeMessage(serviceAccept, payload).service === USERAUTH;
      case banner.number:
        this.#options.banner?.(decodeMessage(banner, payload).text);
        return true;
      case failure.number:
        this.#answer({ kind: 'failure', ...decodeMessage(failure, payload) });
        return true;
      case SUCCESS:
        // What follows is for the connection protocol.
        this.#transport.use(undefined);
        this.#answer({ kind: 'success' });
        return true;
      default:
        if (number < 60 || number > 79) return false;
        this.#answer({ kind: 'method', payload: payload.slice() });
        return true;
    }
  }

  closed(error: Error | undefined): void {
    this.#error = error ?? new SshError('byApplication', 'Cannot authenticate: the connection was ended');
    this.#waiting?.reject(this.#error);
  }

  #answer(answer: Answer): void {
    if (this.#waiting === undefined)
      throw new SshError('protocolError', 'Cannot accept an answer of the server: nothing was asked');
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    resolve(answer);
  }
}
