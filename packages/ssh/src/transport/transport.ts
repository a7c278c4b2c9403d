// Long because: one state machine, through which every packet passes in one order.
// RFC 4253: a connection whose packets are secret and authentic, and stay so by new keys.
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { utf8 } from '@orrery/bytes';
import { SshError, DisconnectReason } from '../ssh-error.ts';
import { Alarm } from './alarm.ts';
import { Allowance } from './allowance.ts';
import type { KeyExchangeRole } from './exchange-role.ts';
import { encodeExtensions, learnExtensions, ownExtensions, type Extensions } from './extensions.ts';
import { answerTo, Prelude } from './identification.ts';
import { KeyExchange, type NewKeys } from './key-exchange.ts';
import {
  decodeMessage,
  disconnect,
  encodeMessage,
  FIRST_ABOVE,
  Msg,
  ping,
  pong,
  unimplemented,
} from './messages.ts';
import type { Negotiated } from './negotiation.ts';
import { Outbox } from './outbox.ts';
import { PacketLink } from './packet-link.ts';
import type { Packet } from './packet-reader.ts';
import { asError, disconnected, lost } from './ending.ts';
import { stopReading } from './stop-reading.ts';
import type { TransportState } from './transport-state.ts';

/** The server's word that the client is authenticated (RFC 4252, section 5.1). */
const AUTHENTICATED = 52;

/** Received bytes that wait for this side; with more, no more is read. */
const MAX_WAITING = 64 * 1024;

const DEFAULT_EXCHANGE_SECONDS = 120;

/** How long the last words may take to leave. */
const LINGER_SECONDS = 5;

/** Who uses the transport: authentication, then connections. */
export interface TransportUser {
  /** Takes a message from number 50 on; the next one comes when it is done. False: the number is not known. */
  receive(payload: Uint8Array): boolean | Promise<boolean>;
  /** The connection is over; undefined if it was ended here. */
  closed(error: Error | undefined): void;
}

export class Transport {
  readonly #stream: Duplex;
  readonly #role: KeyExchangeRole;
  readonly #keys: KeyExchange;
  readonly #link: PacketLink;
  readonly #outbox = new Outbox();
  readonly #allowance = new Allowance();
  /** Until the other side's identification is here. */
  #prelude: Prelude | undefined;
  #user: TransportUser | undefined;
  /** A message is being handled that takes time. */
  #busy = false;
  /** Called when there is room again for what was sent. */
  onRoom: () => void = () => undefined;
  /** Why no more will come; what came may not be read yet. */
  #lastWord: string | undefined;
  #ended = false;
  #error: Error | undefined;
  #extensions: Extensions = new Map();
  readonly #patience = new Alarm(() => this.#losePatience());
  readonly #age = new Alarm(() => this.#ageKeys());
  readonly #listeners = {
    data: (chunk: Uint8Array) => this.#take(chunk),
    error: (cause: Error) => this.#close(lost(cause.message, cause)),
    end: () => this.#hangUp('the other side hung up'),
    close: () => this.#hangUp('the connection was lost'),
  };

  /**
   * A client begins at once: what it has to say first goes out without waiting for the other side.
   * @param state Of a connection that was moved here, from `exportState`; the role is that of the other process.
   */
  constructor(stream: Duplex, role: KeyExchangeRole, state?: TransportState) {
    this.#stream = stream;
    this.#role = role;
    // What is written in one turn leaves together already; to wait for more would only cost time.
    if (stream instanceof Socket) stream.setNoDelay(true);
    this.#link = new PacketLink(stream, role.isClient, () => this.onRoom());
    const connection = {
      send: (payload: Uint8Array) => this.#link.write(payload),
      useOutgoing: (keys: NewKeys) => this.#link.useOutgoing(keys),
      useIncoming: (keys: NewKeys) => this.#link.useIncoming(keys),
      released: (isFirst: boolean) => this.#release(isFirst),
    };
    this.#keys = new KeyExchange(role, connection, state);
    for (const [event, listener] of Object.entries(this.#listeners)) stream.on(event, listener);
    if (state === undefined) this.#greet();
    else this.#resume(state);
  }

  /** H of the first key exchange (RFC 4253, section 7.2); undefined before. */
  get sessionId(): Uint8Array | undefined {
    return this.#keys.sessionId;
  }

  /** The algorithms in use; undefined before the first key exchange has ended. */
  get negotiated(): Negotiated | undefined {
    return this.#keys.negotiated;
  }

  /** The other side's identification, without line end; empty before it is known. */
  get peerLine(): string {
    return this.#keys.peerLine;
  }

  /** Resolves when the first keys are in use. */
  get ready(): Promise<void> {
    return this.#keys.ready;
  }

  /** Gives all further messages to `user`; without one they wait. */
  use(user: TransportUser | undefined): void {
    this.#user = user;
    if (this.#ended) user?.closed(this.#error);
    else this.#pump();
  }

  /** What the other side told of itself (RFC 8308). */
  get extensions(): Extensions {
    return this.#extensions;
  }

  /** Tells the other side more of this one, if it listens: RFC 8308, section 2.4 says when that may be. */
  tellExtensions(extensions: Extensions): void {
    if (this.#keys.takesExtInfo) this.send(encodeExtensions(extensions));
  }

  /** Sends a payload, in parts if it is; while keys are exchanged, it waits. */
  send(...parts: readonly Uint8Array[]): void {
    if (this.#ended) return;
    try {
      this.#considerKeys();
      if (this.#keys.holds) return this.#outbox.hold(parts);
      this.#link.write(...parts);
      if (!this.#role.isClient && parts[0]?.[0] === AUTHENTICATED) this.#link.becomeAuthenticated();
    } catch (cause) {
      this.fail(asError(cause));
    }
  }

  /** Whether what was sent piles up here: `onRoom` tells when no more. */
  get isFull(): boolean {
    return this.#link.output.isFull || this.#keys.holds;
  }

  /** Begins a key exchange, unless one is under way. */
  rekey(): void {
    if (this.#ended) return;
    this.#keys.begin();
    this.#watch();
  }

  /** Says goodbye (RFC 4253, section 11.1). */
  disconnect(description: string): void {
    if (this.#ended) return;
    this.#sayGoodbye(DisconnectReason.byApplication, description);
    this.#close(undefined);
  }

  /** Ends the connection because the other side, or something here, went wrong. */
  fail(error: Error): void {
    if (this.#ended) return;
    const code = error instanceof SshError ? error.code : 'protocolError';
    // What went wrong inside is nobody's business out there.
    const text = error instanceof SshError ? error.message : 'Cannot go on';
    if (code !== 'connectionLost') this.#sayGoodbye(DisconnectReason[code], text);
    this.#close(error);
  }

  /**
   * Takes the connection out of this process: what another one needs to go on with the same socket. Here, nothing can be
   * sent or received any more, and what comes stays in the socket. Waits for a key exchange that is under way, and for what
   * was sent to leave.
   * @throws {TypeError} if a user is set, a message is being handled, the connection is over or compression has begun.
   */
  async exportState(): Promise<TransportState> {
    if (this.#user !== undefined || this.#busy)
      throw new TypeError('Cannot move the connection: it is in use');
    do {
      await this.#keys.rest();
      await this.#link.output.drained();
    } while (!this.#keys.isDone && !this.#ended);
    const { state } = this.#keys;
    if (state === undefined || this.#ended) throw new TypeError('Cannot move the connection: it is over');
    for (const [event, listener] of Object.entries(this.#listeners)) this.#stream.off(event, listener);
    this.#stream.on('error', () => undefined);
    for (const chunk of stopReading(this.#stream)) this.#link.push(chunk);
    const taken = { ...state, ...this.#link.takeState(), extensions: [...this.#extensions] };
    this.#ended = true;
    this.#stopAll();
    return taken;
  }

  #greet(): void {
    this.#prelude = new Prelude(this.#role.isClient);
    this.#stream.write(`${this.#role.line}\r\n`);
    // A server waits: it may be no client that came, and is answered in plain words then.
    if (this.#role.isClient) this.#keys.begin();
    this.#watch();
  }

  #resume(state: TransportState): void {
    this.#link.restore(state);
    this.#extensions = new Map(state.extensions);
    this.#age.set(this.#role.rekey.seconds);
  }

  #sayGoodbye(reason: number, description: string): void {
    if (this.#prelude !== undefined) {
      const answer = this.#role.isClient ? undefined : answerTo(reason);
      if (answer !== undefined) this.#stream.write(`${answer}\r\n`);
      return;
    }
    const message = { reason, description: utf8(description), language: new Uint8Array() };
    this.#link.write(encodeMessage(disconnect, message));
  }

  #close(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#stopAll();
    this.#keys.close(error);
    const destroy = (): void => void this.#stream.destroy();
    new Alarm(destroy).set(LINGER_SECONDS);
    this.#stream.end(destroy);
    this.#user?.closed(error);
  }

  #stopAll(): void {
    this.#patience.stop();
    this.#age.stop();
    this.#link.close();
  }

  /** No more will come. */
  #hangUp(reason: string): void {
    const said = this.#prelude?.lastLine;
    this.#lastWord ??= said === undefined ? reason : `${reason} after ${JSON.stringify(said)}`;
    this.#pump();
  }

  #take(chunk: Uint8Array): void {
    if (this.#ended) return;
    try {
      if (this.#prelude === undefined) this.#link.push(chunk);
      else this.#hear(this.#prelude, chunk);
    } catch (cause) {
      return this.fail(asError(cause));
    }
    this.#pump();
  }

  #hear(prelude: Prelude, chunk: Uint8Array): void {
    const found = prelude.take(chunk);
    if (found === undefined) return;
    this.#prelude = undefined;
    this.#keys.hear(found.line);
    this.#keys.begin();
    this.#link.push(found.rest);
  }

  /** Handles packets until there are none, or one of them needs time. */
  #pump(): void {
    try {
      while (!this.#busy && !this.#ended) {
        if (this.#mustWait) break;
        const packet = this.#link.next();
        if (packet === undefined) {
          if (this.#lastWord !== undefined) this.#close(lost(this.#lastWord));
          break;
        }
        const done = this.#handle(packet);
        if (done instanceof Promise) this.#await(done);
      }
      this.#watch();
      this.#regulate();
      this.#link.prepareLater();
    } catch (cause) {
      this.fail(asError(cause));
    }
  }

  /** Messages for a user wait until there is one. */
  get #mustWait(): boolean {
    return this.#user === undefined && this.#keys.isDone;
  }

  /** Reads no more than can be handled. */
  #regulate(): void {
    if (this.#ended) return;
    const isStuck = this.#busy || this.#mustWait;
    if (isStuck && this.#link.waiting > MAX_WAITING) this.#stream.pause();
    else if (!isStuck && this.#stream.isPaused()) this.#stream.resume();
  }

  #await(done: Promise<void>): void {
    this.#busy = true;
    done.then(
      () => {
        this.#busy = false;
        this.#pump();
      },
      (cause: unknown) => this.fail(asError(cause)),
    );
  }

  #handle({ payload, sequence }: Packet): void | Promise<void> {
    const number = payload[0] ?? 0;
    if (!this.#link.isAuthenticated) this.#allowance.usePacket(payload.length);
    this.#keys.demandAllowed(number);
    if (number >= Msg.kexInit && number < FIRST_ABOVE) return this.#exchange(number, payload);
    this.#considerKeys();
    switch (number) {
      case Msg.disconnect:
        return this.#close(disconnected(payload));
      case Msg.ignore:
      case Msg.debug:
      case Msg.unimplemented:
      case Msg.pong:
        return;
      case Msg.extInfo:
        this.#extensions = learnExtensions(this.#extensions, payload);
        return;
      case Msg.ping:
        return this.send(encodeMessage(pong, decodeMessage(ping, payload)));
      default:
        return this.#hand(number, payload, sequence);
    }
  }

  #exchange(number: number, payload: Uint8Array): void | Promise<void> {
    if (number === Msg.kexInit && !this.#link.isAuthenticated) this.#allowance.useExchange();
    return this.#keys.receive(payload);
  }

  #hand(number: number, payload: Uint8Array, sequence: number): void | Promise<void> {
    if (this.#role.isClient && number === AUTHENTICATED) this.#link.becomeAuthenticated();
    const known = this.#user?.receive(payload) ?? false;
    if (known instanceof Promise) return known.then((result) => this.#reject(result, sequence));
    this.#reject(known, sequence);
  }

  /** RFC 4253, section 11.4. */
  #reject(known: boolean, sequence: number): void {
    if (!known && !this.#ended) this.#link.write(encodeMessage(unimplemented, { sequence }));
  }

  /** This side's new keys are in use. */
  #release(isFirst: boolean): void {
    if (isFirst && this.#keys.takesExtInfo) this.#link.write(encodeExtensions(ownExtensions(this.#role)));
    this.#age.set(this.#role.rekey.seconds);
    for (const parts of this.#outbox.take()) this.send(...parts);
    this.onRoom();
  }

  /** New keys where the present ones have served long enough; OpenSSH's client takes none before it is authenticated. */
  #considerKeys(): void {
    if (!this.#keys.isDone || !this.#link.isAuthenticated) return;
    if (this.#link.areKeysUsedUp(this.#role.rekey)) this.rekey();
  }

  #ageKeys(): void {
    const mayBegin = this.#keys.isDone && this.#link.isAuthenticated && this.#link.haveKeysServed;
    if (mayBegin) this.rekey();
    else this.#age.set(this.#role.rekey.seconds);
  }

  /** The other side has only so much time for a key exchange. */
  #watch(): void {
    if (this.#ended) return;
    if (!this.#keys.isUnderWay && this.#prelude === undefined) this.#patience.stop();
    else if (!this.#patience.isSet)
      this.#patience.set(this.#role.exchangeSeconds ?? DEFAULT_EXCHANGE_SECONDS);
  }

  /** It does not count how long this side takes: a person may be looking at the host key. */
  #losePatience(): void {
    if (this.#busy) return this.#watch();
    this.fail(lost('the other side takes too long to exchange keys'));
  }
}
