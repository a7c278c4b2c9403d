// RFC 4254: many channels over one transport.
import type { Value } from '@orrery/bytes';
import { SshError } from '../ssh-error.ts';
import { bare, decodeMessage, encodeMessage, type Message } from '../transport/messages.ts';
import type { Transport, TransportUser } from '../transport/transport.ts';
import { Channel, type ChannelLink } from './channel.ts';
import * as messages from './messages.ts';
import { MAX_WINDOW, ReceiveWindow } from './window.ts';

/** Channels at the same time. */
const MAX_CHANNELS = 1024;

/** The other side would not open a channel. `description` is its text: not to be printed as it is. */
export class ChannelOpenError extends Error {
  override readonly name = 'ChannelOpenError';
  readonly reason: number;
  readonly description: string;

  constructor(type: string, reason: number, description: string) {
    super(`Cannot open a channel of type "${type}": the other side refused for reason ${reason}`);
    this.reason = reason;
    this.description = description;
  }
}

/** What to do with a channel that the other side opens. */
export type OpenAnswer =
  | { readonly accept: (channel: Channel) => void }
  /** @see {messages.OpenFailure}. `why` is for people. */
  | { readonly refuse: keyof typeof messages.OpenFailure; readonly why: string };

/** Decides about channels of one type. `data` is what the type has in its message, valid only during the call. */
export type ChannelOpener = (data: Uint8Array) => OpenAnswer;

/** Answers a global request: data of the answer, or undefined to refuse. */
export type GlobalHandler = (data: Uint8Array) => Promise<Uint8Array | undefined>;

export interface ConnectionOptions {
  /** What the other side may open, by type. Forwarding has its place here. */
  readonly openers?: ReadonlyMap<string, ChannelOpener>;
  /** What the other side may ask for, by type. */
  readonly globalRequests?: ReadonlyMap<string, GlobalHandler>;
  /** Largest window of a channel, in bytes. */
  readonly maxWindow?: number;
}

const NOT_KNOWN: OpenAnswer = { refuse: 'unknownChannelType', why: 'not known' };
const TOO_MANY: OpenAnswer = { refuse: 'resourceShortage', why: 'too many channels' };

type Confirmation = Value<(typeof messages.openConfirmation)['codec']>;
type OpenRequest = Value<(typeof messages.channelOpen)['codec']>;
type GlobalRequest = Value<(typeof messages.globalRequest)['codec']>;

interface Opening {
  readonly type: string;
  readonly window: ReceiveWindow;
  readonly resolve: (channel: Channel) => void;
  readonly reject: (error: Error) => void;
}

export class Connection implements TransportUser {
  /** Resolves when the connection has ended; rejects if it did not end in peace. */
  readonly ended: Promise<void>;
  readonly #transport: Transport;
  readonly #options: ConnectionOptions;
  readonly #channels = new Map<number, Channel>();
  readonly #opening = new Map<number, Opening>();
  readonly #globalReplies: ((rest: Uint8Array | undefined) => void)[] = [];
  readonly #ending = Promise.withResolvers<void>();
  readonly #link: ChannelLink;

  constructor(transport: Transport, options: ConnectionOptions = {}) {
    this.#transport = transport;
    this.#options = options;
    this.ended = this.#ending.promise;
    this.ended.catch(() => undefined);
    this.#link = {
      send: (...parts) => transport.send(...parts),
      get isFull() {
        return transport.isFull;
      },
      forget: ({ id }) => void this.#channels.delete(id),
    };
    transport.onRoom = () => {
      for (const channel of this.#channels.values()) channel.sendMore();
    };
    transport.use(this);
  }

  /** @throws {ChannelOpenError} if the other side refuses. @throws {SshError} if the connection ends. */
  async openChannel(type: string, rest: Uint8Array = new Uint8Array()): Promise<Channel> {
    const id = this.#freeId();
    const window = new ReceiveWindow(this.#options.maxWindow ?? MAX_WINDOW);
    const { promise, resolve, reject } = Promise.withResolvers<Channel>();
    this.#opening.set(id, { type, window, resolve, reject });
    const maxPacket = messages.MAX_DATA;
    this.#send(messages.channelOpen, { type, sender: id, window: window.initial, maxPacket, rest });
    return promise;
  }

  /** Asks for something that concerns the whole connection; the answer's data, or undefined if it is refused. */
  globalRequest(type: string, rest: Uint8Array): Promise<Uint8Array | undefined> {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    this.#globalReplies.push(resolve);
    this.#send(messages.globalRequest, { type, wantReply: true, rest });
    return promise;
  }

  /** Tells something that concerns the whole connection and needs no answer. */
  globalNotice(type: string, rest: Uint8Array): void {
    this.#send(messages.globalRequest, { type, wantReply: false, rest });
  }

  /** Ends the connection. */
  disconnect(): void {
    this.#transport.disconnect('');
  }

  closed(error: Error | undefined): void {
    const reason = error ?? new SshError('byApplication', 'Cannot go on: the connection was ended');
    for (const channel of this.#channels.values()) channel.abandon();
    for (const { reject } of this.#opening.values()) reject(reason);
    for (const resolve of this.#globalReplies) resolve(undefined);
    if (error === undefined) this.#ending.resolve();
    else this.#ending.reject(error);
  }

  receive(payload: Uint8Array): boolean | Promise<boolean> {
    const done = this.#handle(payload);
    if (done instanceof Promise) return done.then(() => true);
    return done !== false;
  }

  /** False for a message that is none of the protocol's. */
  #handle(payload: Uint8Array): void | false | Promise<void> {
    switch (payload[0]) {
      case messages.data.number: {
        const { recipient, data } = decodeMessage(messages.data, payload);
        return this.#channel(recipient).receiveData('data', data);
      }
      case messages.extendedData.number: {
        const { recipient, kind, data } = decodeMessage(messages.extendedData, payload);
        return this.#channel(recipient).receiveData(kind === messages.STDERR ? 'stderr' : 'data', data);
      }
      case messages.windowAdjust.number: {
        const { recipient, bytes } = decodeMessage(messages.windowAdjust, payload);
        return this.#channel(recipient).receiveWindow(bytes);
      }
      case messages.eof.number:
        return this.#channel(decodeMessage(messages.eof, payload).recipient).receiveEof();
      case messages.close.number:
        return this.#channel(decodeMessage(messages.close, payload).recipient).receiveClose();
      case messages.channelRequest.number: {
        const { recipient, type, wantReply, rest } = decodeMessage(messages.channelRequest, payload);
        return this.#channel(recipient).receiveRequest(type, wantReply, rest);
      }
      case messages.channelSuccess.number:
        return this.#channel(decodeMessage(messages.channelSuccess, payload).recipient).receiveReply(true);
      case messages.channelFailure.number:
        return this.#channel(decodeMessage(messages.channelFailure, payload).recipient).receiveReply(false);
      default:
        return this.#handleOpening(payload);
    }
  }

  #handleOpening(payload: Uint8Array): void | false | Promise<void> {
    switch (payload[0]) {
      case messages.channelOpen.number:
        return this.#answerOpen(decodeMessage(messages.channelOpen, payload));
      case messages.openConfirmation.number:
        return this.#confirm(decodeMessage(messages.openConfirmation, payload));
      case messages.openFailure.number: {
        const { recipient, reason, description } = decodeMessage(messages.openFailure, payload);
        const { type, reject } = this.#takeOpening(recipient);
        return reject(new ChannelOpenError(type, reason, description));
      }
      case messages.globalRequest.number:
        return this.#answerGlobal(decodeMessage(messages.globalRequest, payload));
      case messages.requestSuccess.number:
        return this.#takeGlobalReply()(decodeMessage(messages.requestSuccess, payload).rest.slice());
      case messages.REQUEST_FAILURE:
        return this.#takeGlobalReply()(undefined);
      default:
        return false;
    }
  }

  #confirm({ recipient, sender, window, maxPacket }: Confirmation): void {
    const opening = this.#takeOpening(recipient);
    const remote = { id: sender, window, maxPacket };
    const channel = new Channel(this.#link, recipient, remote, opening.window);
    this.#channels.set(recipient, channel);
    opening.resolve(channel);
  }

  #answerOpen({ type, sender, window, maxPacket, rest }: OpenRequest): void {
    const open = this.#options.openers?.get(type);
    const answer = this.#channels.size < MAX_CHANNELS ? (open?.(rest) ?? NOT_KNOWN) : TOO_MANY;
    if ('refuse' in answer)
      return this.#send(messages.openFailure, {
        recipient: sender,
        reason: messages.OpenFailure[answer.refuse],
        description: answer.why,
        language: new Uint8Array(),
      });
    const id = this.#freeId();
    const own = new ReceiveWindow(this.#options.maxWindow ?? MAX_WINDOW);
    const channel = new Channel(this.#link, id, { id: sender, window, maxPacket }, own);
    this.#channels.set(id, channel);
    this.#send(messages.openConfirmation, {
      recipient: sender,
      sender: id,
      window: own.initial,
      maxPacket: messages.MAX_DATA,
      rest: new Uint8Array(),
    });
    answer.accept(channel);
  }

  async #answerGlobal({ type, wantReply, rest }: GlobalRequest): Promise<void> {
    const answer = await this.#options.globalRequests?.get(type)?.(rest);
    if (!wantReply) return;
    if (answer === undefined) this.#transport.send(bare(messages.REQUEST_FAILURE));
    else this.#send(messages.requestSuccess, { rest: answer });
  }

  #channel(id: number): Channel {
    const channel = this.#channels.get(id);
    if (channel === undefined)
      throw new SshError('protocolError', `Cannot find channel ${id}: it is not open`);
    return channel;
  }

  #takeOpening(id: number): Opening {
    const opening = this.#opening.get(id);
    if (opening === undefined)
      throw new SshError('protocolError', `Cannot open channel ${id}: nobody asked for it`);
    this.#opening.delete(id);
    return opening;
  }

  #takeGlobalReply(): (rest: Uint8Array | undefined) => void {
    const resolve = this.#globalReplies.shift();
    if (resolve === undefined)
      throw new SshError('protocolError', 'Cannot accept an answer to a global request: nothing was asked');
    return resolve;
  }

  #freeId(): number {
    for (let id = 0; ; id++) if (!this.#channels.has(id) && !this.#opening.has(id)) return id;
  }

  #send<T>(message: Message<T>, value: T): void {
    this.#transport.send(encodeMessage(message, value));
  }
}
