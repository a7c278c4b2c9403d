// RFC 4253, sections 7 to 9: agreeing on algorithms and keys, at the beginning and again.
import { randomBytes, wipe } from '@orrery/crypto';
import { SshError } from '../ssh-error.ts';
import { ciphers, kexMethods, type Preferences } from './algorithms.ts';
import { deriveKeys, type ExchangeResult } from './derive-keys.ts';
import {
  clientExchange,
  serverExchange,
  type CheckHostKey,
  type Exchange,
  type HostKeySigner,
  type Preamble,
} from './exchange.ts';
import { bare, decodeMessage, encodeMessage, kexInit, Msg } from './messages.ts';
import { isStrict, Marker, negotiate, type Direction, type Negotiated } from './negotiation.ts';
import type { PacketCipher, PacketOpener, PacketSealer } from './packet-cipher.ts';

/** Numbers of packets under one set of keys before the sequence number could come around. */
const MAX_PACKETS = 2 ** 31;

/** After how much new keys are asked for. */
export interface RekeyLimits {
  /** In either direction. */
  readonly bytes: number;
  readonly seconds: number;
}

interface Role {
  /** This side's identification, without line end. */
  readonly line: string;
  readonly preferences: Preferences;
  readonly rekey: RekeyLimits;
}

export interface ClientRole extends Role {
  readonly isClient: true;
  readonly checkHostKey: CheckHostKey;
}

export interface ServerRole extends Role {
  readonly isClient: false;
  /** By the name of the algorithm. */
  readonly hostKeys: ReadonlyMap<string, HostKeySigner>;
}

export type KeyExchangeRole = ClientRole | ServerRole;

/** What an exchange does to the connection that it belongs to. */
export interface ExchangeConnection {
  send(payload: Uint8Array): void;
  useSealer(sealer: PacketSealer, restart: boolean): void;
  useOpener(opener: PacketOpener, restart: boolean): void;
  /** Messages that waited may go. */
  released(): void;
}

interface Counter {
  readonly packets: number;
  readonly bytes: number;
}

/** The exchange that is under way. */
interface Course {
  /** This side's KEXINIT, once it is sent. */
  own?: Uint8Array;
  /** The other side's KEXINIT. */
  peer?: Uint8Array;
  negotiated?: Negotiated;
  exchange?: Exchange;
  /** The next message of the exchange is a wrong guess and does not count. */
  ignoreGuess?: boolean;
  /** Keys for what comes in, waiting for the other side's NEWKEYS. */
  opener?: PacketOpener;
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
  /** Something other than KEXINIT came first. */
  #heardOther = false;
  #since = Date.now();

  constructor(role: KeyExchangeRole, connection: ExchangeConnection) {
    this.#role = role;
    this.#connection = connection;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#settle = { resolve, reject };
    promise.catch(() => undefined);
  }

  get sessionId(): Uint8Array | undefined {
    return this.#sessionId;
  }

  /** What the latest exchange agreed on; undefined before the first has ended. */
  get negotiated(): Negotiated | undefined {
    return this.#negotiated;
  }

  /** Whether the first exchange has ended on both sides, and no other is under way. */
  get isDone(): boolean {
    return this.#sessionId !== undefined && this.#course === undefined;
  }

  /** Whether users' messages have to wait: between this side's KEXINIT and its NEWKEYS (RFC 4253, section 7.1). */
  get holds(): boolean {
    return this.#course !== undefined && this.#course.opener === undefined;
  }

  /** Takes note of the other side's identification. */
  hear(line: string): void {
    this.#peerLine = line;
  }

  /** Sends KEXINIT, unless it was sent. */
  begin(): void {
    const course = (this.#course ??= {});
    if (course.own !== undefined) return;
    course.own = this.#offer();
    this.#connection.send(course.own);
  }

  close(error: Error | undefined): void {
    this.#settle.reject(error ?? new SshError('byApplication', 'Cannot go on: the connection was ended'));
  }

  /** New keys where the present ones have served long enough. */
  considerAge(received: Counter, sent: Counter): void {
    const { bytes, seconds } = this.#role.rekey;
    const old = Date.now() - this.#since > seconds * 1000;
    const used = [received, sent].some((counter) => counter.bytes > bytes || counter.packets > MAX_PACKETS);
    if (this.isDone && (old || used)) this.begin();
  }

  /** @throws {SshError} if this message may not come now. */
  demandAllowed(number: number): void {
    const isKex = number >= Msg.kexInit && number < 50;
    if (this.#sessionId === undefined) this.#demandFirst(number, isKex);
    else if (!isKex && this.#course?.peer !== undefined && number >= 50 && number < 192)
      throw new SshError('protocolError', `Cannot accept message ${number} while keys are exchanged`);
  }

  /** During the first exchange; strictly, nothing else may come (draft-miller-sshm-strict-kex, section 1.2). */
  #demandFirst(number: number, isKex: boolean): void {
    if (isKex || number === Msg.disconnect) return;
    if (number >= Msg.serviceRequest)
      throw new SshError('protocolError', `Cannot accept message ${number} before there are keys`);
    this.#heardOther = true;
    if (this.#strict)
      throw new SshError('protocolError', `Cannot accept message ${number}: key exchange is strict`);
  }

  receive(payload: Uint8Array): void | Promise<void> {
    const number = payload[0];
    if (number === Msg.kexInit) return this.#start(payload.slice());
    if (number === Msg.newKeys) return this.#finish();
    const course = this.#course;
    if (course?.exchange === undefined)
      throw new SshError('protocolError', `Cannot accept message ${number}: no key exchange is under way`);
    if (course.ignoreGuess === true) {
      course.ignoreGuess = false;
      return;
    }
    if (course.opener !== undefined)
      throw new SshError('protocolError', `Cannot accept message ${number}: the keys are exchanged`);
    return this.#complete(course, course.exchange, payload);
  }

  /** Both KEXINITs are there. */
  #start(peer: Uint8Array): void {
    if (this.#course?.peer !== undefined)
      throw new SshError('protocolError', 'Cannot accept KEXINIT: one came before');
    this.begin();
    const course = this.#course ?? {};
    course.peer = peer;
    const offers = this.#inOrder(course.own ?? peer, peer);
    const [client, server] = offers.map((payload) => decodeMessage(kexInit, payload));
    if (client === undefined || server === undefined) return;
    if (this.#sessionId === undefined) {
      this.#strict = isStrict(client, server);
      if (this.#strict && this.#heardOther)
        throw new SshError('protocolError', 'Cannot exchange keys strictly: KEXINIT was not first');
    }
    course.negotiated = negotiate(client, server);
    const theirs = this.#role.isClient ? server : client;
    course.ignoreGuess = theirs.firstPacketFollows && !course.negotiated.guessedRight;
    course.exchange = this.#exchange(course.negotiated, offers);
    if (course.exchange.opening !== undefined) this.#connection.send(course.exchange.opening);
  }

  #inOrder<T>(own: T, peer: T): readonly [client: T, server: T] {
    return this.#role.isClient ? [own, peer] : [peer, own];
  }

  #exchange(
    { kex, hostKey }: Negotiated,
    [clientInit, serverInit]: readonly [Uint8Array, Uint8Array],
  ): Exchange {
    const method = kexMethods.get(kex);
    if (method === undefined) throw new TypeError(`Cannot exchange keys by "${kex}": it is not known`);
    const [clientLine, serverLine] = this.#inOrder(this.#role.line, this.#peerLine);
    const preamble: Preamble = { clientLine, serverLine, clientInit, serverInit };
    if (this.#role.isClient) return clientExchange(method, preamble, hostKey, this.#role.checkHostKey);
    const signer = this.#role.hostKeys.get(hostKey);
    if (signer === undefined) throw new TypeError(`Cannot sign with host key "${hostKey}": there is none`);
    return serverExchange(method, preamble, signer);
  }

  /** The secret is known: this side says so and uses it. */
  async #complete(course: Course, exchange: Exchange, payload: Uint8Array): Promise<void> {
    const exchanged = await exchange.receive(payload);
    const { negotiated } = course;
    if (negotiated === undefined) return;
    this.#sessionId ??= exchanged.exchangeHash;
    this.#negotiated = negotiated;
    if (exchanged.answer !== undefined) this.#connection.send(exchanged.answer);
    this.#connection.send(bare(Msg.newKeys));
    const result: ExchangeResult = { ...exchanged, sessionId: this.#sessionId };
    const [outgoing, incoming] = this.#inOrder('toServer' as const, 'toClient' as const);
    this.#connection.useSealer(makeSealer(result, outgoing, negotiated[outgoing]), this.#strict);
    course.opener = makeOpener(result, incoming, negotiated[incoming]);
    wipe(exchanged.secret);
    this.#settle.resolve();
    this.#connection.released();
  }

  /** The other side uses its keys from now on. */
  #finish(): void {
    const course = this.#course;
    if (course?.opener === undefined)
      throw new SshError('protocolError', 'Cannot accept NEWKEYS: the keys are not exchanged');
    this.#connection.useOpener(course.opener, this.#strict);
    this.#course = undefined;
    this.#since = Date.now();
  }

  #offer(): Uint8Array {
    const { preferences, isClient } = this.#role;
    const { kex, hostKeys, ciphers: cipherNames, macs, compressions } = preferences;
    const first = this.#sessionId === undefined;
    const markers = isClient
      ? [Marker.extInfoClient, Marker.strictClient]
      : [Marker.extInfoServer, Marker.strictServer];
    return encodeMessage(kexInit, {
      cookie: randomBytes(16),
      kex: first ? [...kex, ...markers] : kex,
      hostKey: this.#role.isClient ? hostKeys : hostKeys.filter((name) => this.#hasHostKey(name)),
      cipherToServer: cipherNames,
      cipherToClient: cipherNames,
      macToServer: macs,
      macToClient: macs,
      compressionToServer: compressions,
      compressionToClient: compressions,
      languageToServer: [],
      languageToClient: [],
      firstPacketFollows: false,
      reserved: 0,
    });
  }

  #hasHostKey(name: string): boolean {
    return !this.#role.isClient && this.#role.hostKeys.has(name);
  }
}

function makeSealer(
  result: ExchangeResult,
  way: 'toServer' | 'toClient',
  direction: Direction,
): PacketSealer {
  const cipher = cipherOf(direction);
  const keys = deriveKeys(result, way, cipher);
  const sealer = cipher.sealer(keys);
  wipe(keys.key, keys.iv, keys.macKey);
  return sealer;
}

function makeOpener(
  result: ExchangeResult,
  way: 'toServer' | 'toClient',
  direction: Direction,
): PacketOpener {
  const cipher = cipherOf(direction);
  const keys = deriveKeys(result, way, cipher);
  const opener = cipher.opener(keys);
  wipe(keys.key, keys.iv, keys.macKey);
  return opener;
}

function cipherOf({ cipher }: Direction): PacketCipher {
  const known = ciphers.get(cipher);
  if (known === undefined) throw new TypeError(`Cannot encrypt with "${cipher}": it is not known`);
  return known;
}
