// RFC 4252, the server's side: one attempt after the other, until the policy is met.
import { equal, Reader } from '@orrery/bytes';
import { protocolErrorOf, SshError } from '../ssh-error.ts';
import { Extension, signatureExtension } from '../transport/extensions.ts';
import {
  bare,
  decodeMessage,
  encodeMessage,
  Msg,
  serviceAccept,
  serviceRequest,
} from '../transport/messages.ts';
import type { Transport, TransportUser } from '../transport/transport.ts';
import type { Authenticated, Authenticator, Step } from './authenticator.ts';
import { interactiveMethod } from './interactive-server.ts';
import {
  banner,
  CONNECTION,
  failure,
  HOST_BOUND,
  infoResponse,
  requestHead,
  SUCCESS,
  USERAUTH,
} from './messages.ts';
import { passwordMethod } from './password-server.ts';
import { Progress } from './policy.ts';
import { publicKeyMethod } from './publickey-server.ts';
import { FAILURE, SUCCESSFUL, type Outcome, type ServerMethod } from './server-method.ts';

/** Failed attempts after which the server hangs up, as OpenSSH. */
const MAX_TRIES = 6;

/** Requests of any kind; questions about keys that would do are no failures. */
const MAX_REQUESTS = 1024;

const REQUEST = 50;

/** By the name in the policy. */
const methods: ReadonlyMap<string, ServerMethod> = new Map([
  ['publickey', publicKeyMethod],
  ['password', passwordMethod],
  ['keyboard-interactive', interactiveMethod],
  [
    'none',
    async ({ user, authenticator }) =>
      (await authenticator.allowsNothing?.(user)) === true ? SUCCESSFUL : FAILURE,
  ],
]);

export interface LoginRules {
  /** Failed attempts after which the connection is ended; absent: 6. A first "none" is none. */
  readonly maxTries?: number | undefined;
  /** The blob of the key by which the other side knows this server; absent: no signature may be bound to it. */
  readonly hostKey?: () => Uint8Array | undefined;
  /** Signatures that keys may make; absent: all that are known. */
  readonly signatures?: readonly string[] | undefined;
}

/**
 * Lets the other side authenticate; what it sends afterwards waits for `transport.use`.
 * @throws {SshError} `noMoreMethods` after too many attempts, or as the transport does.
 */
export function authenticateClient(
  transport: Transport,
  authenticator: Authenticator,
  rules: LoginRules = {},
): Promise<Authenticated> {
  const { promise, resolve, reject } = Promise.withResolvers<Authenticated>();
  transport.use(new Desk(transport, authenticator, rules, { resolve, reject }));
  return promise;
}

type Settle = Pick<PromiseWithResolvers<Authenticated>, 'resolve' | 'reject'>;

/** The user of a login, who cannot change on the way. */
interface Applicant {
  readonly user: string;
  readonly progress: Progress;
  readonly signatures: readonly string[] | undefined;
  readonly steps: Step[];
}

class Desk implements TransportUser {
  readonly #transport: Transport;
  readonly #authenticator: Authenticator;
  readonly #rules: LoginRules;
  readonly #settle: Settle;
  #isOpen = false;
  #requests = 0;
  #failures = 0;
  #applicant: Applicant | undefined;
  /** A method waits for the other side's answer. */
  #pending: { readonly name: string; readonly resume: (payload: Uint8Array) => Promise<Outcome> } | undefined;

  constructor(transport: Transport, authenticator: Authenticator, rules: LoginRules, settle: Settle) {
    this.#transport = transport;
    this.#authenticator = authenticator;
    this.#rules = rules;
    this.#settle = settle;
  }

  closed(error: Error | undefined): void {
    this.#settle.reject(
      error ?? new SshError('byApplication', 'Cannot authenticate: the connection was ended'),
    );
  }

  receive(payload: Uint8Array): boolean | Promise<boolean> {
    const number = payload[0];
    if (number === Msg.serviceRequest) return this.#openService(payload);
    if (number !== REQUEST && number !== infoResponse.number) return false;
    if (!this.#isOpen)
      throw new SshError('protocolError', 'Cannot authenticate: the service was not asked for');
    this.#requests++;
    if (this.#requests > MAX_REQUESTS) throw tooMany();
    return this.#answer(number, payload);
  }

  #openService(payload: Uint8Array): boolean {
    const { service } = decodeMessage(serviceRequest, payload);
    if (service !== USERAUTH)
      throw new SshError('serviceNotAvailable', `Cannot offer service ${JSON.stringify(service)}`);
    if (this.#isOpen)
      throw new SshError('protocolError', 'Cannot authenticate: the service was asked for twice');
    this.#isOpen = true;
    this.#transport.send(encodeMessage(serviceAccept, { service }));
    return true;
  }

  async #answer(number: number, payload: Uint8Array): Promise<boolean> {
    try {
      await (number === REQUEST ? this.#attempt(payload) : this.#resume(payload));
      return true;
    } catch (error) {
      throw protocolErrorOf(error);
    }
  }

  /** A new attempt ends one that waits (RFC 4252, section 5.1). */
  async #attempt(payload: Uint8Array): Promise<void> {
    this.#pending = undefined;
    const { user, service, method } = requestHead.read(new Reader(payload.subarray(1)));
    if (service !== CONNECTION)
      throw new SshError('serviceNotAvailable', `Cannot offer service ${JSON.stringify(service)}`);
    const applicant = await this.#admit(user);
    const name = method === HOST_BOUND ? 'publickey' : method;
    const act = applicant.progress.next.includes(name) ? methods.get(name) : undefined;
    const outcome = await act?.({
      user,
      payload,
      sessionId: this.#transport.sessionId ?? new Uint8Array(),
      hostKey: this.#rules.hostKey?.(),
      signatures: applicant.signatures,
      authenticator: this.#authenticator,
    });
    await this.#conclude(applicant, name, outcome ?? FAILURE);
  }

  async #resume(payload: Uint8Array): Promise<void> {
    const [pending, applicant] = [this.#pending, this.#applicant];
    if (pending === undefined || applicant === undefined)
      throw new SshError('protocolError', 'Cannot accept an answer: nothing was asked');
    this.#pending = undefined;
    await this.#conclude(applicant, pending.name, await pending.resume(payload));
  }

  async #admit(user: string): Promise<Applicant> {
    this.#applicant ??= {
      user,
      progress: new Progress(await this.#authenticator.policy(user)),
      signatures: await this.#greet(user),
      steps: [],
    };
    if (this.#applicant.user !== user)
      throw new SshError('protocolError', 'Cannot authenticate: the user changed on the way');
    return this.#applicant;
  }

  /** Signatures that the user's keys may make, of which the client is told if it does not know them. */
  async #greet(user: string): Promise<readonly string[] | undefined> {
    const said = await this.#authenticator.greet?.(user);
    const { signatures } = this.#rules;
    const own = said?.userKeyAlgorithms ?? signatures;
    const listens = this.#transport.extensions.has(Extension.infoInAuthentication);
    if (listens && own !== undefined && own.join() !== signatures?.join())
      this.#transport.tellExtensions(signatureExtension(own));
    const text = said?.banner;
    if (text !== undefined) this.#transport.send(encodeMessage(banner, { text, language: new Uint8Array() }));
    return own;
  }

  async #conclude(applicant: Applicant, method: string, outcome: Outcome): Promise<void> {
    if (outcome.kind === 'asked') {
      const { reply, resume } = outcome;
      this.#pending = resume && { name: method, resume };
      return this.#transport.send(reply);
    }
    if (outcome.kind === 'failure' || isUsed(applicant, outcome.key)) return this.#refuse(applicant, method);
    applicant.steps.push(outcome.key === undefined ? { method } : { method, key: outcome.key });
    if (!applicant.progress.advance(method)) return this.#tellMethods(applicant, true);
    this.#transport.use(undefined);
    this.#transport.send(bare(SUCCESS));
    // Once the transport is at rest: the connection may be moved to another process then.
    setImmediate(() => this.#settle.resolve({ user: applicant.user, steps: applicant.steps }));
  }

  /** Counts as OpenSSH does: a first "none" is a question (RFC 4252, section 5.2). */
  async #refuse(applicant: Applicant, method: string): Promise<void> {
    if (method !== 'none' || this.#requests > 1) this.#failures++;
    await this.#authenticator.failed?.({ user: applicant.user, method });
    if (this.#failures >= (this.#rules.maxTries ?? MAX_TRIES)) throw tooMany();
    this.#tellMethods(applicant, false);
  }

  #tellMethods({ progress }: Applicant, partial: boolean): void {
    const names = progress.next.filter((name) => name !== 'none');
    this.#transport.send(encodeMessage(failure, { methods: names, partial }));
  }
}

/** Each step of a login needs a key of its own. */
function isUsed({ steps }: Applicant, key: Uint8Array | undefined): boolean {
  return key !== undefined && steps.some((step) => step.key !== undefined && equal(step.key, key));
}

function tooMany(): SshError {
  return new SshError('noMoreMethods', 'Cannot authenticate: too many attempts');
}
