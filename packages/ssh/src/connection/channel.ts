// RFC 4254, section 5: one of the streams in a connection.
import { Duplex } from 'node:stream';
import { encodeMessage } from '../transport/messages.ts';
import { SshError } from '../ssh-error.ts';
import { Incoming } from './incoming.ts';
import { Keystrokes, type Pace } from './keystrokes.ts';
import {
  channelFailure,
  channelRequest,
  channelSuccess,
  close,
  END_OF_WRITE,
  eof,
  MAX_DATA,
  windowAdjust,
} from './messages.ts';
import { Outgoing, type OutgoingLink, type StreamKind } from './outgoing.ts';
import { RequestQueue } from './request-queue.ts';
import { SendWindow, type ReceiveWindow } from './window.ts';

/** How a channel reaches the other side. */
export interface ChannelLink extends OutgoingLink {
  /** Both sides have closed the channel: its number is free. */
  forget(channel: Channel): void;
  /** Something here went wrong for good. */
  fail(error: unknown): void;
}

/** The other side's end of a channel. */
export interface RemoteEnd {
  readonly id: number;
  readonly window: number;
  /** Largest data in one message, in bytes. */
  readonly maxPacket: number;
}

/** Answers a request of the other side (RFC 4254, section 5.4): whether it is granted. */
export type RequestHandler = (type: string, data: Uint8Array) => boolean | Promise<boolean>;

/**
 * Data in both directions, with `stderr` beside it. To end it is half a close: the other side may go on. Two events come
 * from the other side: "closed", after which nothing goes or comes, and "eow", when it takes no more data. What comes is
 * for its reader alone, who may `giveBack` it; what is written may be changed once it is told to be done.
 */
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
  readonly #requests: RequestQueue;
  #keystrokes: Keystrokes | undefined;
  /** Streams whose end has to come before EOF may. */
  readonly #unended = new Set<StreamKind>(['data']);
  #sentEof = false;
  #sentClose = false;
  #isOver = false;

  constructor(link: ChannelLink, id: number, remote: RemoteEnd, window: ReceiveWindow) {
    super({ allowHalfOpen: true, autoDestroy: false });
    this.id = id;
    this.#link = link;
    this.#remote = remote;
    this.#receiveWindow = window;
    this.#sendWindow = new SendWindow(remote.window);
    this.#outgoing = new Outgoing(link, remote.id, this.#sendWindow, Math.min(remote.maxPacket, MAX_DATA));
    this.#requests = new RequestQueue((error) => link.fail(error));
    this.stderr = new Duplex({
      autoDestroy: false,
      read: () => this.#incoming.stderr.want(),
      write: (bytes: Uint8Array, _, done) => this.#add('stderr', bytes, done),
      final: (done) => this.#end('stderr', done),
    });
    const taken = (bytes: number): void => this.#credit(bytes);
    this.#incoming = { data: new Incoming(this, taken), stderr: new Incoming(this.stderr, taken) };
  }

  /** The event "closed" has come. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends a request; whether the other side grants it. */
  request(type: string, data: Uint8Array): Promise<boolean> {
    if (this.#sentClose) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#replies.push(resolve);
    this.#sendRequest(type, true, data);
    return promise;
  }

  /** Sends a request that needs no answer. */
  notify(type: string, data: Uint8Array): void {
    if (!this.#sentClose) this.#sendRequest(type, false, data);
  }

  /** Ends both directions (RFC 4254, section 5.3). */
  close(): void {
    if (this.#sentClose) return;
    this.#keystrokes?.stop();
    this.#sentClose = true;
    this.#outgoing.clear();
    this.#link.send(encodeMessage(close, { recipient: this.#remote.id }));
  }

  /** Tells the other side that more data is of no use here (OpenSSH's PROTOCOL, section 2.1), and drops it. */
  refuseData(): void {
    this.notify(END_OF_WRITE, new Uint8Array());
    this.#incoming.data.refuse();
  }

  /** This side sends standard error: EOF means the end of both streams, and what the other side sends of it is dropped. */
  sendsStderr(): void {
    this.#unended.add('stderr');
    this.#incoming.stderr.refuse();
  }

  /** Sends what a person types at a steady pace. */
  obscure(pace: Pace): void {
    this.#keystrokes = new Keystrokes(pace, (bytes, done) => this.#add('data', bytes, done));
  }

  /** @param kind Undefined for an unknown stream, whose data is dropped. @throws {SshError} for more than allowed. */
  receiveData(kind: StreamKind | undefined, bytes: Uint8Array): void {
    if (!this.#receiveWindow.receive(bytes.length))
      throw new SshError('protocolError', `Cannot accept data on channel ${this.id}: the window is full`);
    if (kind === undefined) this.#credit(bytes.length);
    else this.#incoming[kind].add(bytes);
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
    this.close();
    this.abandon();
    this.#link.forget(this);
  }

  receiveRequest(type: string, wantReply: boolean, data: Uint8Array): void {
    if (type === END_OF_WRITE) return this.#endOfWrite();
    this.#requests.add(type, data, (copy) => {
      const granted = this.onRequest(type, copy);
      if (typeof granted === 'boolean') return this.#reply(wantReply, granted);
      return granted.then((value) => this.#reply(wantReply, value));
    });
  }

  receiveReply(granted: boolean): void {
    const resolve = this.#replies.shift();
    if (resolve === undefined)
      throw new SshError('protocolError', `Cannot accept reply on channel ${this.id}: nothing was asked`);
    resolve(granted);
  }

  /** Nothing can be sent or received any more. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sentClose = true;
    this.#keystrokes?.stop();
    this.#outgoing.clear();
    for (const resolve of this.#replies.splice(0)) resolve(false);
    this.receiveEof();
    this.emit('closed');
  }

  override _read(): void {
    this.#incoming.data.want();
  }

  override _write(bytes: Uint8Array, _: BufferEncoding, done: () => void): void {
    if (this.#keystrokes === undefined) return this.#add('data', bytes, done);
    this.#keystrokes.add(bytes, done);
  }

  override _final(done: () => void): void {
    if (this.#keystrokes === undefined) this.#end('data', done);
    else this.#keystrokes.stop(() => this.#end('data', done));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.close();
    done(error);
  }

  /** What the other side does not take is dropped. */
  #add(kind: StreamKind, bytes: Uint8Array, done: () => void): void {
    if (this.#sentClose || this.#sentEof) return done();
    this.#outgoing.add(kind, bytes, done);
  }

  #end(kind: StreamKind, done: () => void): void {
    this.#unended.delete(kind);
    if (this.#unended.size === 0) this.#sendEof();
    done();
  }

  #sendEof(): void {
    if (this.#sentClose || this.#sentEof) return;
    this.#sentEof = true;
    this.#link.send(encodeMessage(eof, { recipient: this.#remote.id }));
  }

  #endOfWrite(): void {
    this.#outgoing.clear('data');
    this.#unended.delete('data');
    if (this.#unended.size === 0) this.#sendEof();
    this.emit('eow');
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
