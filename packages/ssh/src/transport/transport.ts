// RFC 4253: a connection whose packets are secret and authentic, and stay so by new keys.
import type { Duplex } from 'node:stream';
import { FormatError } from '@orrery/bytes';
import { SshError, DisconnectedError, DisconnectReason } from '../ssh-error.ts';
import { readIdentification } from './identification.ts';
import { KeyExchange, type KeyExchangeRole } from './key-exchange.ts';
import {
  decodeMessage,
  disconnect,
  encodeMessage,
  extInfo,
  Msg,
  ping,
  pong,
  unimplemented,
} from './messages.ts';
import type { Negotiated } from './negotiation.ts';
import { PacketReader, type Packet } from './packet-reader.ts';
import { PacketWriter } from './packet-writer.ts';

/** The first number of what users of the transport send (RFC 4250, section 4.1.2). */
const FIRST_ABOVE = 50;

/** Payloads that wait for the end of a key exchange, in bytes; more is a user that does not look at `ready`. */
const MAX_QUEUED = 64 * 1024 * 1024;

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
  readonly #reader = new PacketReader();
  readonly #writer = new PacketWriter();
  /** What the other side sent before its identification was whole. */
  #prelude: Uint8Array | undefined = new Uint8Array();
  readonly #queue: (readonly Uint8Array[])[] = [];
  #queuedBytes = 0;
  #user: TransportUser | undefined;
  #busy = false;
  /** Called when there is room again for what was sent. */
  onRoom: () => void = () => undefined;
  #ended = false;
  #error: Error | undefined;
  #extensions: ReadonlyMap<string, Uint8Array> = new Map();
  #corked = false;

  /** Begins at once: what it has to say first goes out without waiting for the other side. */
  constructor(stream: Duplex, role: KeyExchangeRole) {
    this.#stream = stream;
    this.#role = role;
    this.#keys = new KeyExchange(role, {
      send: (payload) => this.#write(payload),
      useSealer: (sealer, restart) => this.#writer.rekey(sealer, restart),
      useOpener: (opener, restart) => this.#reader.rekey(opener, restart),
      released: () => this.#flush(),
    });
    stream.on('data', (chunk: Uint8Array) => this.#take(chunk));
    stream.on('drain', () => this.onRoom());
    stream.on('error', (cause: Error) =>
      this.#close(new SshError('connectionLost', `Cannot go on: ${cause.message}`, { cause })),
    );
    stream.on('close', () =>
      this.#close(new SshError('connectionLost', 'Cannot go on: the connection was lost')),
    );
    stream.on('end', () =>
      this.#close(new SshError('connectionLost', 'Cannot go on: the other side hung up')),
    );
    stream.write(`${role.line}\r\n`);
    this.#keys.begin();
  }

  /** H of the first key exchange (RFC 4253, section 7.2); undefined before. */
  get sessionId(): Uint8Array | undefined {
    return this.#keys.sessionId;
  }

  /** The algorithms in use; undefined before the first key exchange has ended. */
  get negotiated(): Negotiated | undefined {
    return this.#keys.negotiated;
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
  get extensions(): ReadonlyMap<string, Uint8Array> {
    return this.#extensions;
  }

  /** Sends a payload, in parts if it is; while keys are exchanged, it waits. */
  send(...parts: readonly Uint8Array[]): void {
    if (this.#ended) return;
    if (!this.#keys.holds) return this.#write(...parts);
    this.#queuedBytes += parts.reduce((sum, { length }) => sum + length, 0);
    if (this.#queuedBytes > MAX_QUEUED)
      return this.fail(new SshError('protocolError', 'Cannot send: keys are exchanged for too long'));
    this.#queue.push(parts.map((part) => part.slice()));
  }

  /** Whether what was sent piles up here: `onRoom` tells when no more. */
  get isFull(): boolean {
    return this.#stream.writableNeedDrain || this.#keys.holds;
  }

  /** Begins a key exchange, unless one is under way. */
  rekey(): void {
    this.#keys.begin();
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
    if (code !== 'connectionLost') this.#sayGoodbye(DisconnectReason[code], error.message);
    this.#close(error);
  }

  #sayGoodbye(reason: number, description: string): void {
    this.#write(encodeMessage(disconnect, { reason, description, language: new Uint8Array() }));
  }

  #close(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#keys.close(error);
    this.#stream.end(() => this.#stream.destroy());
    this.#user?.closed(error);
  }

  #take(chunk: Uint8Array): void {
    if (this.#ended) return;
    try {
      if (this.#prelude === undefined) this.#reader.push(chunk);
      else this.#readIdentification(chunk, this.#prelude);
      this.#pump();
    } catch (cause) {
      this.fail(asError(cause));
    }
  }

  #readIdentification(chunk: Uint8Array, before: Uint8Array): void {
    const bytes = new Uint8Array(before.length + chunk.length);
    bytes.set(before);
    bytes.set(chunk, before.length);
    const found = readIdentification(bytes, this.#role.isClient);
    this.#prelude = found === undefined ? bytes : undefined;
    if (found === undefined) return;
    this.#keys.hear(found.line);
    this.#reader.push(found.rest);
  }

  /** Handles packets until there are none, or one of them needs time. */
  #pump(): void {
    try {
      while (!this.#busy && !this.#ended) {
        if (this.#prelude !== undefined) return;
        const packet = this.#nextPacket();
        if (packet === undefined) return;
        const done = this.#handle(packet);
        if (done instanceof Promise) this.#await(done);
      }
    } catch (cause) {
      this.fail(asError(cause));
    }
  }

  /** Messages for a user wait until there is one. */
  #nextPacket(): Packet | undefined {
    if (this.#user === undefined && this.#keys.isDone) return undefined;
    return this.#reader.next();
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
    this.#keys.demandAllowed(number);
    if (number >= Msg.kexInit && number < FIRST_ABOVE) return this.#keys.receive(payload);
    this.#keys.considerAge(this.#reader, this.#writer);
    switch (number) {
      case Msg.disconnect: {
        const { reason, description } = decodeMessage(disconnect, payload);
        return this.#close(new DisconnectedError(reason, description));
      }
      case Msg.ignore:
      case Msg.debug:
      case Msg.unimplemented:
        return;
      case Msg.extInfo:
        this.#extensions = new Map(
          decodeMessage(extInfo, payload).extensions.map(({ name, value }) => [name, value.slice()]),
        );
        return;
      case Msg.ping:
        return this.#write(encodeMessage(pong, decodeMessage(ping, payload)));
      default:
        return this.#hand(payload, sequence);
    }
  }

  #hand(payload: Uint8Array, sequence: number): void | Promise<void> {
    const known = this.#user?.receive(payload) ?? false;
    if (known instanceof Promise) return known.then((result) => this.#reject(result, sequence));
    this.#reject(known, sequence);
  }

  /** RFC 4253, section 11.4. */
  #reject(known: boolean, sequence: number): void {
    if (!known) this.#write(encodeMessage(unimplemented, { sequence }));
  }

  #flush(): void {
    const queue = this.#queue.splice(0);
    this.#queuedBytes = 0;
    for (const parts of queue) this.send(...parts);
    this.onRoom();
  }

  /** All that is written in one turn of the event loop leaves together. */
  #write(...parts: readonly Uint8Array[]): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#stream.cork();
      queueMicrotask(() => {
        this.#corked = false;
        this.#stream.uncork();
      });
    }
    for (const chunk of this.#writer.seal(...parts)) this.#stream.write(chunk);
  }
}

/** What is malformed breaks the protocol; anything else is told as it is. */
function asError(cause: unknown): Error {
  if (cause instanceof FormatError) return new SshError('protocolError', cause.message, { cause });
  return cause instanceof Error ? cause : new SshError('protocolError', String(cause));
}
