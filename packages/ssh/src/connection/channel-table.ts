// RFC 4254, section 5: the channels of a connection, from their opening on.
import type { Value } from '@orrery/bytes';
import { SshError } from '../ssh-error.ts';
import { decodeMessage, encodeMessage } from '../transport/messages.ts';
import { Channel, type ChannelLink } from './channel.ts';
import * as messages from './messages.ts';
import { ReceiveWindow, type Delay } from './window.ts';

/** Channels at the same time, those that are not open yet among them. */
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
  | {
      readonly accept: (channel: Channel) => void;
      /** Largest window, in bytes, if it shall be less than that of other channels. */
      readonly maxWindow?: number;
    }
  /** The reason of RFC 4254, section 5.1; `why` is for people. */
  | { readonly refuse: keyof typeof messages.OpenFailure; readonly why: string };

/** Decides about channels of one type. `data` is what the type has in its message, valid only during the call. */
export type ChannelOpener = (data: Uint8Array) => OpenAnswer | Promise<OpenAnswer>;

const NOT_KNOWN: OpenAnswer = { refuse: 'unknownChannelType', why: 'not known' };
const TOO_MANY: OpenAnswer = { refuse: 'resourceShortage', why: 'too many channels' };

type Confirmation = Value<(typeof messages.openConfirmation)['codec']>;
type OpenRequest = Value<(typeof messages.channelOpen)['codec']>;

interface Opening {
  readonly type: string;
  readonly window: ReceiveWindow;
  readonly resolve: (channel: Channel) => void;
  readonly reject: (error: Error) => void;
}

export class ChannelTable {
  readonly #link: ChannelLink;
  readonly #openers: ReadonlyMap<string, ChannelOpener>;
  readonly #makeWindow: (max?: number) => ReceiveWindow;
  readonly #channels = new Map<number, Channel>();
  readonly #opening = new Map<number, Opening>();
  /** Channels of the other side about which nothing is decided yet. */
  #undecided = 0;
  #turn = 0;
  /** Why the connection is over. */
  #over: Error | undefined;

  constructor(
    link: Omit<ChannelLink, 'forget'>,
    openers: ReadonlyMap<string, ChannelOpener>,
    maxWindow: number,
    delay: Delay,
  ) {
    this.#link = {
      send: (...parts) => link.send(...parts),
      get isFull() {
        return link.isFull;
      },
      fail: (error) => link.fail(error),
      forget: ({ id }) => void this.#channels.delete(id),
    };
    this.#openers = openers;
    this.#makeWindow = (max = maxWindow) => new ReceiveWindow(Math.min(max, maxWindow), delay);
  }

  /** @throws {ChannelOpenError} if the other side refuses. @throws {SshError} if the connection ends. */
  open(type: string, rest: Uint8Array): Promise<Channel> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    const sender = this.#freeId();
    const window = this.#makeWindow();
    const { promise, resolve, reject } = Promise.withResolvers<Channel>();
    this.#opening.set(sender, { type, window, resolve, reject });
    const limits = { window: window.initial, maxPacket: messages.MAX_DATA };
    this.#link.send(encodeMessage(messages.channelOpen, { type, sender, ...limits, rest }));
    return promise;
  }

  /** There is room again: a channel may fill it all, so another one is first each time. */
  sendMore(): void {
    const channels = [...this.#channels.values()];
    const first = channels.length === 0 ? 0 : this.#turn++ % channels.length;
    for (const channel of [...channels.slice(first), ...channels.slice(0, first)]) channel.sendMore();
  }

  /** The connection is over. */
  close(reason: Error): void {
    this.#over = reason;
    for (const channel of this.#channels.values()) channel.abandon();
    for (const { reject } of this.#opening.values()) reject(reason);
  }

  /** Handles messages from 90 to 100; false for others. @throws {SshError} @throws {FormatError} */
  receive(payload: Uint8Array): boolean {
    switch (payload[0] ?? 0) {
      case messages.data.number:
        this.#receiveData(payload);
        return true;
      case messages.extendedData.number: {
        const { recipient, kind, data } = decodeMessage(messages.extendedData, payload);
        this.#find(recipient).receiveData(kind === messages.STDERR ? 'stderr' : undefined, data);
        return true;
      }
      case messages.windowAdjust.number: {
        const { recipient, bytes } = decodeMessage(messages.windowAdjust, payload);
        this.#find(recipient).receiveWindow(bytes);
        return true;
      }
      default:
        return this.#receiveRequest(payload) || this.#receiveOpening(payload);
    }
  }

  /** Read by hand: it is the way of all bytes. */
  #receiveData(payload: Uint8Array): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const length = payload.length < messages.DATA_HEAD ? -1 : view.getUint32(5);
    if (length !== payload.length - messages.DATA_HEAD || length > messages.MAX_DATA)
      throw new SshError('protocolError', `Cannot read data: ${payload.length} bytes in its message`);
    this.#find(view.getUint32(1)).receiveData('data', payload.subarray(messages.DATA_HEAD));
  }

  #receiveRequest(payload: Uint8Array): boolean {
    switch (payload[0] ?? 0) {
      case messages.eof.number:
        this.#find(decodeMessage(messages.eof, payload).recipient).receiveEof();
        return true;
      case messages.close.number:
        this.#find(decodeMessage(messages.close, payload).recipient).receiveClose();
        return true;
      case messages.channelRequest.number: {
        const { recipient, type, wantReply, rest } = decodeMessage(messages.channelRequest, payload);
        this.#find(recipient).receiveRequest(type, wantReply, rest);
        return true;
      }
      case messages.channelSuccess.number:
        this.#find(decodeMessage(messages.channelSuccess, payload).recipient).receiveReply(true);
        return true;
      case messages.channelFailure.number:
        this.#find(decodeMessage(messages.channelFailure, payload).recipient).receiveReply(false);
        return true;
      default:
        return false;
    }
  }

  #receiveOpening(payload: Uint8Array): boolean {
    switch (payload[0] ?? 0) {
      case messages.channelOpen.number:
        this.#answer(decodeMessage(messages.channelOpen, payload));
        return true;
      case messages.openConfirmation.number:
        this.#confirm(decodeMessage(messages.openConfirmation, payload));
        return true;
      case messages.openFailure.number: {
        const { recipient, reason, description } = decodeMessage(messages.openFailure, payload);
        const { type, reject } = this.#takeOpening(recipient);
        reject(new ChannelOpenError(type, reason, description));
        return true;
      }
      default:
        return false;
    }
  }

  #confirm({ recipient, sender, window, maxPacket }: Confirmation): void {
    const opening = this.#takeOpening(recipient);
    opening.resolve(this.#make(recipient, { id: sender, window, maxPacket }, opening.window));
  }

  #answer(request: OpenRequest): void {
    const count = this.#channels.size + this.#opening.size + this.#undecided;
    const answer =
      count < MAX_CHANNELS ? (this.#openers.get(request.type)?.(request.rest) ?? NOT_KNOWN) : TOO_MANY;
    if (!(answer instanceof Promise)) return this.#conclude(request, answer);
    this.#undecided++;
    answer
      .finally(() => this.#undecided--)
      .then((decided) => this.#conclude(request, decided))
      .catch((error: unknown) => this.#link.fail(error));
  }

  #conclude({ sender, window, maxPacket }: OpenRequest, answer: OpenAnswer): void {
    if (this.#over !== undefined) return;
    if ('refuse' in answer) {
      const reason = messages.OpenFailure[answer.refuse];
      const failure = { recipient: sender, reason, description: answer.why, language: new Uint8Array() };
      return this.#link.send(encodeMessage(messages.openFailure, failure));
    }
    const id = this.#freeId();
    const own = this.#makeWindow(answer.maxWindow);
    const channel = this.#make(id, { id: sender, window, maxPacket }, own);
    this.#link.send(
      encodeMessage(messages.openConfirmation, {
        recipient: sender,
        sender: id,
        window: own.initial,
        maxPacket: messages.MAX_DATA,
        rest: new Uint8Array(),
      }),
    );
    answer.accept(channel);
  }

  #make(id: number, remote: ConstructorParameters<typeof Channel>[2], window: ReceiveWindow): Channel {
    const channel = new Channel(this.#link, id, remote, window);
    this.#channels.set(id, channel);
    return channel;
  }

  #find(id: number): Channel {
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

  #freeId(): number {
    for (let id = 0; ; id++) if (!this.#channels.has(id) && !this.#opening.has(id)) return id;
  }
}
