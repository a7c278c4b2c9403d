// The client's side of draft-ietf-secsh-filexfer-02, section 4: requests go out, and each answer finds its request.
import type { Duplex } from 'node:stream';
import { decode, FormatError, Reader, type Codec } from '@orrery/bytes';
import { MAX_EXTENSIONS, MAX_TEXT } from './limits.ts';
import {
  EXTENDED_REPLY,
  INIT,
  initPacket,
  statusReply,
  VERSION,
  VERSION_REPLY,
  type Message,
} from './messages.ts';
import { PacketSplitter } from './packet-splitter.ts';
import { SftpError, statusName } from './status.ts';

/** Who waits for an answer. */
export interface Receiver {
  /** `fields` are what follows the id, and valid only during the call. @throws {FormatError} if they are not right. */
  receive(type: number, fields: Uint8Array): void;
  /** There will be no answer. */
  fail(error: Error): void;
}

/** Makes a packet, its length before it, for an id. */
export type MakePacket = (id: number) => Uint8Array;

export class Exchange {
  /** What the server has beside version 3, by its name, each with a version. */
  readonly extensions: Promise<ReadonlyMap<string, string>>;
  /** Resolves when the stream has ended. */
  readonly closed: Promise<void>;
  readonly #duplex: Duplex;
  readonly #splitter = new PacketSplitter();
  readonly #receivers = new Map<number, Receiver>();
  readonly #begun = Promise.withResolvers<ReadonlyMap<string, string>>();
  #isBegun = false;
  #nextId = 0;
  #failure: Error | undefined;

  constructor(duplex: Duplex) {
    this.#duplex = duplex;
    this.extensions = this.#begun.promise;
    const closed = Promise.withResolvers<void>();
    this.closed = closed.promise;
    duplex.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    duplex.once('error', (cause) => this.#fail(new SftpError('connectionLost', { cause })));
    for (const event of ['end', 'close']) {
      duplex.once(event, () => {
        this.#fail(new SftpError('connectionLost'));
        closed.resolve();
      });
    }
    duplex.write(initPacket(INIT, []));
  }

  /** Sends a request. Several in one turn go out together. */
  send(make: MakePacket, receiver: Receiver): void {
    if (this.#failure !== undefined) return receiver.fail(this.#failure);
    const id = this.#nextId;
    this.#nextId = (id + 1) % 2 ** 32;
    this.#receivers.set(id, receiver);
    if (!this.#duplex.writableCorked) {
      this.#duplex.cork();
      process.nextTick(() => this.#duplex.uncork());
    }
    this.#duplex.write(make(id));
  }

  /** Sends a request whose answer is a message of this kind. @throws {SftpError} for any other status. */
  ask<T>(make: MakePacket, expected: Message<T>): Promise<T> {
    return this.#promised(make, (type, fields) => {
      if (type === expected.number) return decode(expected.codec, fields.slice());
      throw refusalOf(type, fields);
    });
  }

  /** Sends a request for an extension that answers with these fields. */
  askExtended<T>(make: MakePacket, codec: Codec<T>): Promise<T> {
    return this.ask(make, { number: EXTENDED_REPLY, name: 'SSH_FXP_EXTENDED_REPLY', codec });
  }

  /** Sends a request that is only done or not. */
  perform(make: MakePacket): Promise<void> {
    return this.#promised(make, checkDone);
  }

  /** Sends nothing more; what was asked may still be answered. */
  end(): void {
    this.#duplex.end();
  }

  #promised<T>(make: MakePacket, read: (type: number, fields: Uint8Array) => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const receive = (type: number, fields: Uint8Array): void => {
      try {
        resolve(read(type, fields));
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
        if (error instanceof FormatError) throw error;
      }
    };
    this.send(make, { receive, fail: reject });
    return promise;
  }

  #receive(chunk: Uint8Array): void {
    this.#splitter.add(chunk);
    try {
      for (;;) {
        const packet = this.#splitter.next();
        if (packet === undefined) return;
        if (this.#isBegun) this.#deliver(packet);
        else this.#begin(packet);
      }
    } catch (cause) {
      this.#fail(new SftpError('badMessage', { cause }));
      this.#duplex.destroy();
    }
  }

  #begin(packet: Uint8Array): void {
    const reader = new Reader(packet);
    const type = reader.byte();
    const version = reader.uint32();
    if (type !== VERSION_REPLY || version !== VERSION)
      throw new FormatError(
        `Cannot begin SFTP: found message ${type} and version ${version}, 2 and 3 expected`,
      );
    const found = new Map<string, string>();
    while (reader.remaining > 0) {
      if (found.size >= MAX_EXTENSIONS)
        throw new FormatError(`Cannot begin SFTP: more than ${MAX_EXTENSIONS} extensions`);
      const name = latin1(reader.string(MAX_TEXT));
      found.set(name, latin1(reader.string(MAX_TEXT)));
    }
    this.#isBegun = true;
    this.#begun.resolve(found);
  }

  #deliver(packet: Uint8Array): void {
    const reader = new Reader(packet);
    const type = reader.byte();
    const id = reader.uint32();
    const receiver = this.#receivers.get(id);
    if (receiver === undefined)
      throw new FormatError(`Cannot accept SFTP message ${type}: id ${id} was not asked`);
    this.#receivers.delete(id);
    receiver.receive(type, reader.rest());
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#begun.reject(error);
    const waiting = [...this.#receivers.values()];
    this.#receivers.clear();
    for (const receiver of waiting) receiver.fail(error);
  }
}

/** @throws {SftpError} if the answer is not that a request is done. */
export function checkDone(type: number, fields: Uint8Array): void {
  if (type !== statusReply.number || new Reader(fields).uint32() !== 0) throw refusalOf(type, fields);
}

/** Why a request has not got what it asked for. @throws {FormatError} if that is no status, or says that all is well. */
export function refusalOf(type: number, fields: Uint8Array): SftpError {
  // Some servers leave out the words, which nobody needs.
  const code = type === statusReply.number ? new Reader(fields).uint32() : 0;
  if (code === 0) throw new FormatError(`Cannot accept SFTP message ${type}: another kind was expected`);
  return new SftpError(statusName(code));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
