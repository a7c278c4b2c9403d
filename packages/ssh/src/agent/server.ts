// An agent: the side that has the keys (RFC 9987; OpenSSH's PROTOCOL.agent).
import { FormatError, Reader, Writer, decode, encode, equal } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { PrivateKeyError } from '@orrery/keys';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { readAddedKey } from './added-key.ts';
import { AgentError } from './agent-error.ts';
import { type KeyConstraints, readConstraints } from './constraints.ts';
import { isPermitted } from './destinations.ts';
import { frame, readFrames } from './frames.ts';
import type { HeldKey, KeyStore } from './key-store.ts';
import {
  AgentMsg,
  QUERY,
  SESSION_BIND,
  SignFlag,
  extensionName,
  identities,
  passphraseString,
  publicKeyString,
  sessionBinding,
  signRequest,
  signResponse,
} from './messages.ts';
import { SessionBindings } from './session-bindings.ts';
import { type SignedLogin, signedLogin } from './signed-data.ts';

/** Connections at a time. */
export const MAX_CONNECTIONS = 256;

/** Asked before a key signs that wants to be asked for. Nothing of it is to be printed as it is. */
export interface KeyUse {
  readonly comment: string;
  /** The blob. */
  readonly publicKey: Uint8Array;
  /** Undefined: what is to be signed is no login. */
  readonly login: SignedLogin | undefined;
}

export interface AgentServerOptions {
  readonly store: KeyStore;
  readonly confirm: (use: KeyUse) => Promise<boolean>;
}

/** Answers what comes on any number of connections. */
export class AgentServer {
  readonly #options: AgentServerOptions;
  #connections = 0;

  constructor(options: AgentServerOptions) {
    this.#options = options;
  }

  /** Resolves when the connection has ended, which it does at once if there are too many, or at what is no message. */
  async serve(stream: Duplex): Promise<void> {
    stream.on('error', () => undefined);
    if (this.#connections >= MAX_CONNECTIONS) {
      stream.destroy();
      return;
    }
    this.#connections += 1;
    try {
      const connection = new AgentConnection(this.#options);
      for await (const message of readFrames(stream)) {
        const answer = await connection.answer(message);
        // Who does not read its answers gets no more of them.
        if (!stream.write(frame(answer))) await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
      }
      stream.end();
    } catch (cause) {
      stream.destroy();
      if (!(cause instanceof AgentError) && !isStreamError(cause)) throw cause;
    } finally {
      this.#connections -= 1;
    }
  }
}

/** What the system says about a connection that broke. */
function isStreamError(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause;
}

const FAILURE = Uint8Array.of(AgentMsg.failure);
const SUCCESS = Uint8Array.of(AgentMsg.success);
const EXTENSION_FAILURE = Uint8Array.of(AgentMsg.extensionFailure);
const EMPTY = new Writer().byte(AgentMsg.identitiesAnswer).uint32(0).finish();

type Answer = (body: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** One connection, which remembers what sessions it is for. */
export class AgentConnection {
  readonly #store: KeyStore;
  readonly #confirm: AgentServerOptions['confirm'];
  readonly #bindings = new SessionBindings();
  readonly #answers: ReadonlyMap<number, Answer> = new Map<number, Answer>([
    [AgentMsg.requestIdentities, (body) => this.#list(body)],
    [AgentMsg.signRequest, (body) => this.#sign(body)],
    [AgentMsg.addIdentity, (body) => this.#add(body, false)],
    [AgentMsg.addIdentityConstrained, (body) => this.#add(body, true)],
    [AgentMsg.removeIdentity, (body) => this.#remove(body)],
    [AgentMsg.removeAllIdentities, (body) => this.#removeAll(body)],
    [AgentMsg.lock, (body) => statusOf(this.#store.lock.lock(decode(passphraseString, body)))],
    [AgentMsg.unlock, (body) => this.#unlock(body)],
    [AgentMsg.extension, (body) => this.#extend(body)],
  ]);

  constructor({ store, confirm }: AgentServerOptions) {
    this.#store = store;
    this.#confirm = confirm;
  }

  /** Wipes the request. What is malformed, not known or not permitted is a failure that says no more. */
  async answer(request: Uint8Array): Promise<Uint8Array> {
    try {
      const number = request[0] ?? 0;
      const answer = this.#answers.get(number);
      if (answer === undefined) return FAILURE;
      if (this.#store.lock.isLocked && !isForLocked(number))
        return number === AgentMsg.requestIdentities ? EMPTY : FAILURE;
      return await answer(request.subarray(1));
    } catch (cause) {
      if (isRefusal(cause)) return FAILURE;
      throw cause;
    } finally {
      wipe(request);
    }
  }

  #list(body: Uint8Array): Uint8Array {
    new Reader(body).end();
    const visible = this.#store.list().filter((key) => this.#isVisible(key));
    return answerOf(AgentMsg.identitiesAnswer, encode(identities, visible));
  }

  #isVisible({ destinations }: HeldKey): boolean {
    return isPermitted(destinations, this.#bindings);
  }

  async #sign(body: Uint8Array): Promise<Uint8Array> {
    const { publicKey, data, flags } = decode(signRequest, body);
    const key = this.#store.get(publicKey);
    if (key === undefined) return FAILURE;
    const login = signedLogin(data, publicKey);
    if (key.destinations !== undefined && !this.#maySign(key, login)) return FAILURE;
    const algorithm = algorithmOf(key, flags);
    if (algorithm === undefined) return FAILURE;
    if (key.confirm && !(await this.#isConfirmed(key, login))) return FAILURE;
    return answerOf(AgentMsg.signResponse, encode(signResponse, await key.signer.sign(data, algorithm)));
  }

  /** A key with destinations signs logins only, of the session that was bound last, to the host of that session. */
  #maySign({ destinations }: HeldKey, login: SignedLogin | undefined): boolean {
    const session = this.#bindings.all.at(-1);
    if (session === undefined || login === undefined) return false;
    return (
      isPermitted(destinations, this.#bindings, login.user) &&
      equal(login.sessionId, session.sessionId) &&
      (login.hostKey === undefined || equal(login.hostKey, session.hostKey))
    );
  }

  /** The key may be gone by the time that somebody answers. */
  async #isConfirmed(key: HeldKey, login: SignedLogin | undefined): Promise<boolean> {
    const { comment, publicKey } = key;
    const isAgreed = await this.#confirm({ comment, publicKey, login });
    return isAgreed && !this.#store.lock.isLocked && this.#store.get(publicKey) === key;
  }

  #add(body: Uint8Array, isConstrained: boolean): Uint8Array {
    const { key, rest } = readAddedKey(body);
    const constraints: KeyConstraints = isConstrained ? readConstraints(rest) : {};
    rest.end();
    const held = this.#store.get(key.publicKey);
    if (held !== undefined && !this.#isVisible(held)) return FAILURE;
    return statusOf(this.#store.add(key, constraints));
  }

  #remove(body: Uint8Array): Uint8Array {
    const publicKey = decode(publicKeyString, body);
    const held = this.#store.get(publicKey);
    return statusOf(held !== undefined && this.#isVisible(held) && this.#store.remove(publicKey));
  }

  #removeAll(body: Uint8Array): Uint8Array {
    new Reader(body).end();
    this.#store.clear();
    return SUCCESS;
  }

  async #unlock(body: Uint8Array): Promise<Uint8Array> {
    return statusOf(await this.#store.lock.unlock(decode(passphraseString, body)));
  }

  #extend(body: Uint8Array): Uint8Array {
    const reader = new Reader(body);
    const name = extensionName.read(reader);
    if (name === SESSION_BIND) return this.#bind(reader.rest());
    if (name !== QUERY) return FAILURE;
    reader.end();
    return new Writer().byte(AgentMsg.extensionResponse).text(QUERY).text(SESSION_BIND).finish();
  }

  #bind(body: Uint8Array): Uint8Array {
    try {
      return this.#bindings.bind(decode(sessionBinding, body)) ? SUCCESS : EXTENSION_FAILURE;
    } catch (cause) {
      if (!isRefusal(cause)) throw cause;
      this.#bindings.fail();
      return EXTENSION_FAILURE;
    }
  }
}

/** Locked, an agent still learns which sessions a connection is for: later it could no longer. */
function isForLocked(number: number): boolean {
  return number === AgentMsg.unlock || number === AgentMsg.extension;
}

function isRefusal(cause: unknown): boolean {
  return cause instanceof FormatError || cause instanceof RangeError || cause instanceof PrivateKeyError;
}

function statusOf(isDone: boolean): Uint8Array {
  return isDone ? SUCCESS : FAILURE;
}

function answerOf(number: number, body: Uint8Array): Uint8Array {
  return new Writer().byte(number).bytes(body).finish();
}

/** RSA without a flag is over SHA-1, which no key here does: who asks for that without need takes SHA-2 as well. */
function algorithmOf({ signer }: HeldKey, flags: number): string | undefined {
  const [best] = signer.algorithms;
  return best === 'rsa-sha2-512' && (flags & SignFlag.rsaSha2With512) === 0 ? 'rsa-sha2-256' : best;
}
