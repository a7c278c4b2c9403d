import { FormatError, Reader } from '@orrery/bytes';
import type { Attributes } from './attributes.ts';
import { checkDone, refusalOf, type Exchange, type Receiver } from './exchange.ts';
import type { Statistics } from './file-system.ts';
import { MAX_DATA } from './limits.ts';
import * as messages from './messages.ts';
import type { SftpError } from './status.ts';

/** A file that is open on the server. */
export class RemoteFile {
  readonly handle: Uint8Array;
  readonly #exchange: Exchange;

  constructor(exchange: Exchange, handle: Uint8Array) {
    this.#exchange = exchange;
    this.handle = handle;
  }

  /** Up to `length` bytes from `position` on; fewer only if the server gives fewer, none at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.request(position, length, {
      receive: (bytes) => resolve(bytes.slice()),
      end: () => resolve(new Uint8Array()),
      fail: reject,
    });
    return promise;
  }

  /** Writes bytes, at most as many as the server's limit says. They are copied before this returns. */
  write(position: number, bytes: Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const packet = new WritePacket(this.handle, bytes.length);
    packet.room.set(bytes);
    this.send(packet, position, bytes.length, { done: resolve, fail: reject });
    return promise;
  }

  status(): Promise<Attributes> {
    const { handle } = this;
    return this.#exchange
      .ask((id) => messages.packet(messages.fileStatus, id, { handle }), messages.attributesReply)
      .then(({ attributes }) => attributes);
  }

  setStatus(attributes: Attributes): Promise<void> {
    const { handle } = this;
    return this.#exchange.perform((id) =>
      messages.packet(messages.setFileStatus, id, { handle, attributes }),
    );
  }

  /** Waits until the bytes are on the disk (fsync@openssh.com). */
  sync(): Promise<void> {
    const { handle } = this;
    return this.#exchange.perform((id) => messages.extendedPacket(messages.sync, id, { handle }));
  }

  /** What is known of the disk below (fstatvfs@openssh.com). */
  statistics(): Promise<Statistics> {
    const { handle } = this;
    return this.#exchange.askExtended(
      (id) => messages.extendedPacket(messages.fileStatistics, id, { handle }),
      messages.statisticsReply,
    );
  }

  close(): Promise<void> {
    const { handle } = this;
    return this.#exchange.perform((id) => messages.packet(messages.close, id, { handle }));
  }

  /** Asks for bytes without a promise: for transfers, which have many requests under way. */
  request(offset: number, length: number, receiver: ReadReceiver): void {
    const { handle } = this;
    this.#exchange.send(
      (id) => messages.packet(messages.read, id, { handle, offset, length }),
      guarded(receiver, (type, fields) => {
        if (type !== messages.dataReply.number) return receiveEnd(receiver, refusalOf(type, fields));
        const bytes = new Reader(fields).string(MAX_DATA);
        if (bytes.length === 0 || bytes.length > length || fields.length !== bytes.length + 4)
          throw new FormatError(`Cannot accept data: found ${bytes.length} bytes, 1 to ${length} expected`);
        receiver.receive(bytes);
      }),
    );
  }

  /** Writes the first `length` bytes of a packet's room. The packet must stay as it is until the answer. */
  send(packet: WritePacket, position: number, length: number, receiver: WriteReceiver): void {
    this.#exchange.send(
      (id) => packet.of(id, position, length),
      guarded(receiver, (type, fields) => {
        checkDone(type, fields);
        receiver.done();
      }),
    );
  }
}

export interface ReadReceiver {
  /** Bytes that are valid only during the call: at least one, at most as many as were asked for. */
  receive(bytes: Uint8Array): void;
  /** The file has nothing there. */
  end(): void;
  fail(error: Error): void;
}

export interface WriteReceiver {
  done(): void;
  fail(error: Error): void;
}

function receiveEnd(receiver: ReadReceiver, refusal: SftpError): void {
  if (refusal.code !== 'endOfFile') throw refusal;
  receiver.end();
}

/** Tells the receiver what is wrong with an answer, and the exchange if nothing can be right after it. */
function guarded(receiver: { fail(error: Error): void }, receive: Receiver['receive']): Receiver {
  return {
    receive: (type, fields) => {
      try {
        receive(type, fields);
      } catch (error) {
        receiver.fail(error instanceof Error ? error : new Error(String(error)));
        if (error instanceof FormatError) throw error;
      }
    },
    fail: (error) => receiver.fail(error),
  };
}

/** A WRITE whose data is put in place: its room can be filled again when it was answered. */
export class WritePacket {
  readonly #packet: Buffer;
  readonly #offsetAt: number;

  constructor(handle: Uint8Array, length: number) {
    this.#offsetAt = 13 + handle.length;
    this.#packet = Buffer.allocUnsafeSlow(this.#offsetAt + 12 + length);
    this.#packet.writeUInt8(messages.write.number, 4);
    this.#packet.writeUInt32BE(handle.length, 9);
    this.#packet.set(handle, 13);
  }

  get room(): Uint8Array {
    return this.#packet.subarray(this.#offsetAt + 12);
  }

  of(id: number, position: number, length: number): Uint8Array {
    const end = this.#offsetAt + 12 + length;
    this.#packet.writeUInt32BE(end - 4, 0);
    this.#packet.writeUInt32BE(id, 5);
    this.#packet.writeBigUInt64BE(BigInt(position), this.#offsetAt);
    this.#packet.writeUInt32BE(length, this.#offsetAt + 8);
    return this.#packet.subarray(0, end);
  }
}
