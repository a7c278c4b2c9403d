// RFC 4252, the client's side: method after method, as the server lets it go on.
import { FormatError } from '@orrery/bytes';
import { setImmediate } from 'node:timers/promises';
import type { SessionProof } from '../agent/messages.ts';
import { SshError } from '../ssh-error.ts';
import { Extension } from '../transport/extensions.ts';
import { decodeMessage, encodeMessage, Msg, serviceAccept, serviceRequest } from '../transport/messages.ts';
import type { Transport, TransportUser } from '../transport/transport.ts';
import { banner, CONNECTION, failure, requestNone, SUCCESS, USERAUTH } from './messages.ts';

/** Banners in one login. */
const MAX_BANNERS = 64;

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
  /** Signatures that the server takes (RFC 8308, section 3.1); undefined if it did not tell. */
  readonly signatures: readonly string[] | undefined;
  /** The key that the host proved to have, if the server takes signatures that are bound to it. */
  readonly hostKey: Uint8Array | undefined;
  /** Sends a message, wipes it and waits for the answer. */
  readonly ask: (payload: Uint8Array) => Promise<Answer>;
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
  /** How the host proved itself: agents want to know. */
  readonly session: SessionProof | undefined;
}

/** Chooses what to try next; undefined gives up. */
export type AuthDecider = (state: AuthState) => AuthMethod | undefined | Promise<AuthMethod | undefined>;

export interface AuthOptions {
  readonly user: string;
  readonly methods: readonly AuthMethod[] | AuthDecider;
  /** How the host proved itself. */
  readonly session?: SessionProof | undefined;
  /** Text of the server for people, before they are authenticated: not to be printed as it is. */
  readonly onBanner?: ((text: string) => void) | undefined;
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
  // What the server tells about itself most often came together with its keys.
  await setImmediate();
  const decide = typeof options.methods === 'function' ? options.methods : inOrder(options.methods);
  const { session } = options;
  let state: AuthState = { allowed: undefined, isPartial: false, session };
  for (let method = await decide(state); method !== undefined; method = await decide(state)) {
    const answer = await attempt(method, dialogue);
    if (answer === undefined) continue;
    if (answer.kind === 'success') return;
    if (answer.kind === 'method')
      throw new SshError(
        'protocolError',
        `Cannot authenticate by ${method.name}: message ${answer.payload[0]} is none of it`,
      );
    state = { allowed: answer.methods, isPartial: answer.partial, session };
  }
  throw new AuthenticationError(options.user, state.allowed ?? []);
}

/** What is malformed breaks the protocol. */
async function attempt(method: AuthMethod, exchange: AuthExchange): Promise<Answer | undefined> {
  try {
    return await method.attempt(exchange);
  } catch (cause) {
    if (cause instanceof FormatError) throw new SshError('protocolError', cause.message, { cause });
    throw cause;
  }
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

/** One question at a time. */
class Dialogue implements TransportUser, AuthExchange {
  readonly user: string;
  readonly #transport: Transport;
  readonly #options: AuthOptions;
  #service: 'unasked' | 'asked' | 'open' = 'unasked';
  #banners = 0;
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

  get signatures(): readonly string[] | undefined {
    return this.#extension(Extension.signatureAlgorithms)?.split(',');
  }

  get hostKey(): Uint8Array | undefined {
    return this.#extension(Extension.hostBound) === '0' ? this.#options.session?.hostKey : undefined;
  }

  readonly ask = (payload: Uint8Array): Promise<Answer> => {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    this.#waiting = Promise.withResolvers();
    if (this.#service === 'unasked') {
      this.#service = 'asked';
      this.#transport.send(encodeMessage(serviceRequest, { service: USERAUTH }));
    }
    this.#transport.send(payload);
    payload.fill(0);
    return this.#waiting.promise;
  };

  receive(payload: Uint8Array): boolean {
    const number = payload[0] ?? 0;
    if (number === Msg.serviceAccept) return this.#openService(payload);
    if (this.#service !== 'open') return false;
    switch (number) {
      case banner.number:
        return this.#showBanner(payload);
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

  #openService(payload: Uint8Array): boolean {
    const { service } = decodeMessage(serviceAccept, payload);
    if (this.#service !== 'asked' || service !== USERAUTH)
      throw new SshError('protocolError', `Cannot accept service ${JSON.stringify(service)}: nobody asked`);
    this.#service = 'open';
    return true;
  }

  #showBanner(payload: Uint8Array): boolean {
    this.#banners++;
    if (this.#banners > MAX_BANNERS)
      throw new SshError('protocolError', `Cannot authenticate: more than ${MAX_BANNERS} banners`);
    this.#options.onBanner?.(decodeMessage(banner, payload).text);
    return true;
  }

  #extension(name: string): string | undefined {
    const value = this.#transport.extensions.get(name);
    return value === undefined ? undefined : new TextDecoder().decode(value);
  }

  #answer(answer: Answer): void {
    if (this.#waiting === undefined)
      throw new SshError('protocolError', 'Cannot accept an answer of the server: nothing was asked');
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    resolve(answer);
  }
}
