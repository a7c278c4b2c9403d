// RFC 4254, section 5: one of the streams in a connection.
import { Duplex } from 'node:stream';
import { encodeMessage } from '../transport/messages.ts';
import { SshError } from '../ssh-error.ts';
import { Incoming } from './incoming.ts';
import {
  channelFailure,
  channelRequest,
  channelSuccess,
  close,
  eof,
  MAX_DATA,
  windowAdjust,
} from './messages.ts';
import { Outgoing, type OutgoingLink, type StreamKind } from './outgoing.ts';
import { ReceiveWindow, SendWindow } from './window.ts';

/** How a channel reaches the other side. */
export interface ChannelLink extends OutgoingLink {
  /** Both sides have closed the channel: its number is free. */
  forget(channel: Channel): void;
}

/** The other side's end of a channel. */
export interface RemoteEnd {
  readonly id: number;
  readonly window: number;
  /** Largest data in one message, in bytes. */
  readonly maxPacket: number;
}

/** Answers a request of the other side (RFC 4254, section 5.4): whether it is granted. */
export type RequestHandler = (type: string, rest: Uint8Array) => boolean | Promise<boolean>;

/** Data in both directions, with `stderr` beside it. To end it is half a close: the other side may go on. */
export class Channel extends Duplex {
  readonly id: number;
  readonly stderr: Duplex;
  onRequest: RequestHandler = () => false;
  readonly #link: ChannelLink;
  readonly #remote: RemoteEnd;
  readonly #receiveWindow: ReceiveWindow;
  readonly #sendWindow: SendWindow;
  readonly #outgoing: Outgoing;
  readonly #incoming: Readonly<Record<StreamKind, Incoming>>;
  readonly #replies: ((granted: boolean) => void)[] = [];
  #sentClose = false;

  constructor(link: ChannelLink, id: number, remote: RemoteEnd, window: ReceiveWindow) {
    super({ allowHalfOpen: true, autoDestroy: false });
    this.id = id;
    this.#link = link;
    this.#remote = remote;
    this.#receiveWindow = window;
    this.#sendWindow = new SendWindow(remote.window);
    this.#outgoing = new Outgoing(link, remote.id, this.#sendWindow, Math.min(remote.maxPacket, MAX_DATA));
    this.stderr = new Duplex({
      autoDestroy: false,
      read: () => this.#incoming.stderr.want(),
      write: (bytes: Uint8Array, _, done) => this.#outgoing.add('stderr', bytes, done),
    });
    const taken = (bytes: number): void => this.#credit(bytes);
    this.#incoming = { data: new Incoming(this, taken), stderr: new Incoming(this.stderr, taken) };
  }

  /** Sends a request; whether the other side grants it. */
  request(type: string, rest: Uint8Array): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#replies.push(resolve);
    this.#sendRequest(type, true, rest);
    return promise;
  }

  /** Sends a request that needs no answer. */
  notify(type: string, rest: Uint8Array): void {
    this.#sendRequest(type, false, rest);
  }

  /** Ends both directions (RFC 4254, section 5.3). */
  close(): void {
    if (this.#sentClose) return;
    this.#sentClose = true;
    this.#link.send(encodeMessage(close, { recipient: this.#remote.id }));
  }

  /** @throws {SshError} if the other side sent more than it may. */
  receiveData(kind: StreamKind, bytes: Uint8Array): void {
    if (!this.#receiveWindow.receive(bytes.length))
      throw new SshError('protocolError', `Cannot accept data on channel ${this.id}: the window is full`);
    this.#incoming[kind].add(bytes);
  }

  receiveWindow(bytes: number): void {
    if (!this.#sendWindow.add(bytes))
      throw new SshError('protocolError', `Cannot accept window of channel ${this.id}: above 2^32 - 1 bytes`);
    this.sendMore();
  }

  /** There is room in the connection again. */
  sendMore(): void {
    this.#outgoing.resume();
  }

  receiveEof(): void {
    for (const incoming of Object.values(this.#incoming)) incoming.end();
  }

  receiveClose(): void {
    this.receiveEof();
    this.close();
    this.abandon();
    this.#link.forget(this);
  }

  receiveRequest(type: string, wantReply: boolean, rest: Uint8Array): void | Promise<void> {
    const granted = this.onRequest(type, rest);
    if (granted instanceof Promise) return granted.then((value) => this.#reply(wantReply, value));
    this.#reply(wantReply, granted);
  }

  receiveReply(granted: boolean): void {
    const resolve = this.#replies.shift();
    if (resolve === undefined)
      throw new SshError('protocolError', `Cannot accept reply on channel ${this.id}: nothing was asked`);
    resolve(granted);
  }

  /** Nothing can be sent any more. */
  abandon(): void {
    this.#sentClose = true;
    this.#outgoing.clear();
    for (const resolve of this.#replies.splice(0)) resolve(false);
    for (const incoming of Object.values(this.#incoming)) incoming.end();
    this.emit('closed');
  }

  override _read(): void {
    this.#incoming.data.want();
  }

  override _write(bytes: Uint8Array, _: BufferEncoding, done: () => void): void {
    if (this.#sentClose) return done();
    this.#outgoing.add('data', bytes, done);
  }

  override _final(done: () => void): void {
    if (!this.#sentClose) this.#link.send(encodeMessage(eof, { recipient: this.#remote.id }));
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.close();
    done(error);
  }

  #credit(bytes: number): void {
    const credit = this.#receiveWindow.take(bytes);
    if (credit > 0 && !this.#sentClose)
      this.#link.send(encodeMessage(windowAdjust, { recipient: this.#remote.id, bytes: credit }));
  }

  #reply(wanted: boolean, granted: boolean): void {
    if (!wanted || this.#sentClose) return;
    const reply = granted ? channelSuccess : channelFailure;
    this.#link.send(encodeMessage(reply, { recipient: this.#remote.id }));
  }

  #sendRequest(type: string, wantReply: boolean, rest: Uint8Array): void {
    this.#link.send(encodeMessage(channelRequest, { recipient: this.#remote.id, type, wantReply, rest }));
  }
}
