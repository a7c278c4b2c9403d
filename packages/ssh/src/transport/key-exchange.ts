// Long because: one state machine, whose steps share what is under way.
// RFC 4253, sections 7 to 9: agreeing on algorithms and keys, at the beginning and again.
import { wipe } from '@orrery/crypto';
import { SshError } from '../ssh-error.ts';
import { kexMethods } from './algorithms.ts';
import type { KeyExchangeRole } from './exchange-role.ts';
import { clientExchange, openingOf, serverExchange, type Exchange, type Preamble } from './exchange.ts';
import type { KexAttempt, KexMethod } from './kex.ts';
import { bare, decodeMessage, FIRST_ABOVE, kexInit, Msg } from './messages.ts';
import { canReceiveExtInfo, isStrict, negotiate, type Negotiated } from './negotiation.ts';
import { makeOffer } from './offer.ts';
import type { CipherKeys } from './packet-cipher.ts';
import { derivePacketKeys, seenFrom, type BothWays } from './packet-keys.ts';

export type { ClientRole, KeyExchangeRole, ServerRole } from './exchange-role.ts';
export type { RekeyLimits } from './key-lifetime.ts';

/** New keys, and how they are to be used. */
export interface NewKeys {
  readonly keys: BothWays<CipherKeys>;
  readonly negotiated: Negotiated;
  /** Packets are counted from zero again. */
  readonly restart: boolean;
}

/** What an exchange does to the connection that it belongs to. */
export interface ExchangeConnection {
  send(payload: Uint8Array): void;
  /** From the next packet that is sent. */
  useOutgoing(keys: NewKeys): void;
  /** From the next packet that comes. */
  useIncoming(keys: NewKeys): void;
  /** This side's keys are in use: messages that waited may go. @param first After the first exchange. */
  released(first: boolean): void;
}

/** The exchange that is under way. */
interface Course {
  readonly over: PromiseWithResolvers<void>;
  /** This side's KEXINIT, once it is sent. */
  own?: Uint8Array;
  /** The other side's KEXINIT. */
  peer?: Uint8Array;
  negotiated?: Negotiated;
  exchange?: Exchange;
  /** What was begun by a guess. */
  guess?: { readonly method: KexMethod; readonly attempt: KexAttempt };
  /** The next message of the exchange is a wrong guess and does not count. */
  ignoreGuess?: boolean;
  /** Keys for what comes in, waiting for the other side's NEWKEYS. */
  next?: NewKeys;
}

/** What outlives an exchange. */
export interface ExchangeState {
  readonly sessionId: Uint8Array;
  readonly peerLine: string;
  readonly strict: boolean;
  readonly negotiated: Negotiated;
  /** The other side takes EXT_INFO (RFC 8308, section 2.1). */
  readonly takesExtInfo: boolean;
}

export class KeyExchange {
  readonly #role: KeyExchangeRole;
  readonly #connection: ExchangeConnection;
  readonly ready: Promise<void>;
  #settle: { readonly resolve: () => void; readonly reject: (error: Error) => void };
  #peerLine = '';
  #course: Course | undefined;
  #sessionId: Uint8Array | undefined;
  #negotiated: Negotiated | undefined;
  #strict = false;
  /** The first exchange has ended, up to the other side's NEWKEYS. */
  #hasFirst = false;
  /** Something other than KEXINIT came first. */
  #heardOther = false;
  #takesExtInfo = false;

  constructor(role: KeyExchangeRole, connection: ExchangeConnection, former?: ExchangeState) {
    this.#role = role;
    this.#connection = connection;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#settle = { resolve, reject };
    promise.catch(() => undefined);
    if (former === undefined) return;
    this.#sessionId = former.sessionId;
    this.#peerLine = former.peerLine;
    this.#strict = former.strict;
    this.#negotiated = former.negotiated;
    this.#takesExtInfo = former.takesExtInfo;
    this.#hasFirst = true;
    resolve();
  }

  get sessionId(): Uint8Array | undefined {
    return this.#sessionId;
  }

  /** What the latest exchange agreed on; undefined before the first has ended. */
  get negotiated(): Negotiated | undefined {
    return this.#negotiated;
  }

  get takesExtInfo(): boolean {
    return this.#takesExtInfo;
  }

  /** The other side's identification, without line end. */
  get peerLine(): string {
    return this.#peerLine;
  }

  /** What another process needs to go on; undefined while keys are exchanged. */
  get state(): ExchangeState | undefined {
    if (this.#sessionId === undefined || this.#negotiated === undefined || this.#course !== undefined)
      return undefined;
    return {
      sessionId: this.#sessionId,
      peerLine: this.#peerLine,
      strict: this.#strict,
      negotiated: this.#negotiated,
      takesExtInfo: this.#takesExtInfo,
    };
  }

  /** Whether the first exchange has ended on both sides, and no other is under way. */
  get isDone(): boolean {
    return this.#sessionId !== undefined && this.#course === undefined;
  }

  /** Whether an exchange is under way that this side has begun or answered. */
  get isUnderWay(): boolean {
    return this.#course !== undefined;
  }

  /** Whether users' messages have to wait: between this side's KEXINIT and its NEWKEYS (RFC 4253, section 7.1). */
  get holds(): boolean {
    return this.#sessionId === undefined || (this.#course !== undefined && this.#course.next === undefined);
  }

  /** Resolves when no exchange is under way, or the connection is over. */
  async rest(): Promise<void> {
    if (this.#course !== undefined) await this.#course.over.promise;
  }

  /** Takes note of the other side's identification. */
  hear(line: string): void {
    this.#peerLine = line;
  }

  /** Sends KEXINIT, unless it was sent. */
  begin(): void {
    const course = (this.#course ??= { over: Promise.withResolvers() });
    if (course.own !== undefined) return;
    const guess = course.peer === undefined ? this.#guess() : undefined;
    course.own = makeOffer(this.#preferences(), {
      isClient: this.#role.isClient,
      isFirst: this.#sessionId === undefined,
      isGuess: guess !== undefined,
    });
    this.#connection.send(course.own);
    if (guess === undefined) return;
    course.guess = guess;
    this.#connection.send(openingOf(guess.attempt));
  }

  close(error: Error | undefined): void {
    this.#course?.over.resolve();
    this.#settle.reject(error ?? new SshError('byApplication', 'Cannot go on: the connection was ended'));
  }

  /** @throws {SshError} if this message may not come now. */
  demandAllowed(number: number): void {
    const isKex = number >= Msg.kexInit && number < FIRST_ABOVE;
    if (!this.#hasFirst) this.#demandFirst(number, isKex);
    else if (!isKex && this.#course?.peer !== undefined && number >= Msg.serviceRequest)
      throw new SshError('protocolError', `Cannot accept message ${number} while keys are exchanged`);
  }

  /** During the first exchange; strictly, nothing else may come (draft-miller-sshm-strict-kex, section 1.2). */
  #demandFirst(number: number, isKex: boolean): void {
    if (isKex || number === Msg.disconnect) return;
    if (number === 0 || number >= Msg.serviceRequest)
      throw new SshError('protocolError', `Cannot accept message ${number} before there are keys`);
    this.#heardOther = true;
    if (this.#strict)
      throw new SshError('protocolError', `Cannot accept message ${number}: key exchange is strict`);
  }

  receive(payload: Uint8Array): void | Promise<void> {
    const number = payload[0];
    if (number === Msg.kexInit) return this.#start(payload.slice());
    if (number === Msg.newKeys) return this.#finish(payload);
    const course = this.#course;
    if (course?.exchange === undefined)
      throw new SshError('protocolError', `Cannot accept message ${number}: no key exchange is under way`);
    if (course.ignoreGuess === true) {
      course.ignoreGuess = false;
      return;
    }
    if (course.next !== undefined)
      throw new SshError('protocolError', `Cannot accept message ${number}: the keys are exchanged`);
    return this.#complete(course, course.exchange, payload);
  }

  /** Both KEXINITs are there. */
  #start(peer: Uint8Array): void | Promise<void> {
    if (this.#course?.peer !== undefined)
      throw new SshError('protocolError', 'Cannot accept KEXINIT: one came before');
    const course = (this.#course ??= { over: Promise.withResolvers() });
    course.peer = peer;
    this.begin();
    const offers = this.#inOrder(course.own ?? peer, peer);
    const [client, server] = offers.map((payload) => decodeMessage(kexInit, payload));
    if (client === undefined || server === undefined) return;
    const theirs = this.#role.isClient ? server : client;
    if (this.#sessionId === undefined) {
      this.#strict = isStrict(client, server);
      this.#takesExtInfo = canReceiveExtInfo(theirs);
      if (this.#strict && this.#heardOther)
        throw new SshError('protocolError', 'Cannot exchange keys strictly: KEXINIT was not first');
    }
    const negotiated = negotiate(client, server);
    course.negotiated = negotiated;
    course.ignoreGuess = theirs.firstPacketFollows && !negotiated.guessedRight;
    return this.#open(course, negotiated, offers);
  }

  /** The client speaks first. */
  #open(
    course: Course,
    { kex, hostKey, guessedRight }: Negotiated,
    offers: readonly [Uint8Array, Uint8Array],
  ): void | Promise<void> {
    const method = methodOf(kex);
    const preamble = this.#preamble(offers);
    const role = this.#role;
    if (!role.isClient) {
      const signer = role.hostKeys.get(hostKey);
      if (signer === undefined) throw new TypeError(`Cannot sign with host key "${hostKey}": there is none`);
      course.exchange = serverExchange(method, preamble, signer);
      return;
    }
    const useAttempt = (attempt: KexAttempt): void => {
      course.exchange = clientExchange(method, attempt, preamble, hostKey, role.checkHostKey);
    };
    if (course.guess !== undefined && guessedRight) return useAttempt(course.guess.attempt);
    const beginAttempt = (attempt: KexAttempt): void => {
      useAttempt(attempt);
      this.#connection.send(openingOf(attempt));
    };
    const attempt = method.start();
    return attempt instanceof Promise ? attempt.then(beginAttempt) : beginAttempt(attempt);
  }

  /** What to begin with before anything is known of the other side. */
  #guess(): Course['guess'] {
    if (!this.#role.isClient || this.#role.guess !== true || this.#sessionId !== undefined) return undefined;
    const method = methodOf(this.#role.preferences.kex[0] ?? '');
    const attempt = method.start();
    return attempt instanceof Promise ? undefined : { method, attempt };
  }

  #inOrder<T>(own: T, peer: T): readonly [client: T, server: T] {
    return this.#role.isClient ? [own, peer] : [peer, own];
  }

  #preamble([clientInit, serverInit]: readonly [Uint8Array, Uint8Array]): Preamble {
    const [clientLine, serverLine] = this.#inOrder(this.#role.line, this.#peerLine);
    return { clientLine, serverLine, clientInit, serverInit };
  }

  /** The secret is known: this side says so and uses it. */
  async #complete(course: Course, exchange: Exchange, payload: Uint8Array): Promise<void> {
    const exchanged = await exchange.receive(payload);
    const { negotiated } = course;
    if (negotiated === undefined) return;
    const first = this.#sessionId === undefined;
    const sessionId = this.#sessionId ?? exchanged.exchangeHash;
    const directions = seenFrom(this.#role.isClient, negotiated);
    const keys = derivePacketKeys({ ...exchanged, sessionId }, this.#role.isClient, directions);
    wipe(exchanged.secret);
    this.#sessionId = sessionId;
    this.#negotiated = negotiated;
    if (exchanged.answer !== undefined) this.#connection.send(exchanged.answer);
    this.#connection.send(bare(Msg.newKeys));
    course.next = { keys, negotiated, restart: this.#strict };
    this.#connection.useOutgoing(course.next);
    this.#settle.resolve();
    this.#connection.released(first);
  }

  /** The other side uses its keys from now on. */
  #finish(payload: Uint8Array): void {
    const next = this.#course?.next;
    if (next === undefined || payload.length !== 1)
      throw new SshError('protocolError', 'Cannot accept NEWKEYS: the keys are not exchanged');
    this.#connection.useIncoming(next);
    this.#hasFirst = true;
    this.#course?.over.resolve();
    this.#course = undefined;
  }

  /** A server offers only host keys that it has. */
  #preferences(): KeyExchangeRole['preferences'] {
    const { preferences } = this.#role;
    if (this.#role.isClient) return preferences;
    const { hostKeys } = this.#role;
    return { ...preferences, hostKeys: preferences.hostKeys.filter((name) => hostKeys.has(name)) };
  }
}

function methodOf(name: string): KexMethod {
  const method = kexMethods.get(name);
  if (method === undefined) throw new TypeError(`Cannot exchange keys by "${name}": it is not known`);
  return method;
}
