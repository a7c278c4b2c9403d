// RFC 4254: many channels over one transport.
import { protocolErrorOf, SshError } from '../ssh-error.ts';
import type { Transport, TransportUser } from '../transport/transport.ts';
import { ChannelTable, type ChannelOpener } from './channel-table.ts';
import type { Channel } from './channel.ts';
import { GlobalRequests, type GlobalHandler } from './global-requests.ts';
import { watchSilence, type KeepAlive } from './keep-alive.ts';
import { RoundTrip } from './round-trip.ts';
import { MAX_WINDOW } from './window.ts';

const KEEP_ALIVE = 'keepalive@openssh.com';

/** What authentication left over: a client may have sent more attempts than it needed (RFC 4252, section 5.1). */
const AUTHENTICATION = { first: 50, last: 79 };

export interface ConnectionOptions {
  /** What the other side may open, by type. Forwarding has its place here. */
  readonly channelOpeners?: ReadonlyMap<string, ChannelOpener> | undefined;
  /** What the other side may ask for, by type. */
  readonly globalRequests?: ReadonlyMap<string, GlobalHandler> | undefined;
  /** Largest window of a channel, in bytes; absent: 32 MiB. */
  readonly maxWindow?: number | undefined;
  readonly keepAlive?: KeepAlive | undefined;
}

export class Connection implements TransportUser {
  /** Resolves when the connection has ended here; rejects if it ended in another way. */
  readonly ended: Promise<void>;
  readonly transport: Transport;
  readonly #channels: ChannelTable;
  readonly #requests: GlobalRequests;
  readonly #delay: RoundTrip;
  readonly #ending = Promise.withResolvers<void>();
  readonly #stopWatch: () => void;
  #heard = 0;

  constructor(transport: Transport, options: ConnectionOptions = {}) {
    this.transport = transport;
    this.ended = this.#ending.promise;
    this.ended.catch(() => undefined);
    const link = {
      send: (...parts: readonly Uint8Array[]) => transport.send(...parts),
      get isFull() {
        return transport.isFull;
      },
      fail: (error: unknown) => transport.fail(protocolErrorOf(error)),
    };
    this.#requests = new GlobalRequests(link, options.globalRequests ?? new Map());
    this.#delay = new RoundTrip(() => this.#requests.ask(KEEP_ALIVE, new Uint8Array()));
    const { channelOpeners = new Map(), maxWindow = MAX_WINDOW } = options;
    this.#channels = new ChannelTable(link, channelOpeners, maxWindow, this.#delay);
    this.#stopWatch = this.#watch(options.keepAlive);
    transport.onRoom = () => this.#channels.sendMore();
    // What waits in the transport may not be handled before the caller has this connection.
    queueMicrotask(() => transport.use(this));
  }

  /** @throws {ChannelOpenError} if the other side refuses. @throws {SshError} if the connection ends. */
  openChannel(type: string, data: Uint8Array = new Uint8Array()): Promise<Channel> {
    const opened = this.#channels.open(type, data);
    this.#delay.learn(opened);
    return opened;
  }

  /** Asks for something that concerns the whole connection; the answer's data, or undefined if it is refused. */
  globalRequest(type: string, data: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#requests.ask(type, data);
  }

  /** Tells something that concerns the whole connection and needs no answer. */
  globalNotice(type: string, data: Uint8Array): void {
    this.#requests.tell(type, data);
  }

  /** Ends the connection. */
  disconnect(): void {
    this.transport.disconnect('');
  }

  closed(error: Error | undefined): void {
    this.#stopWatch();
    this.#channels.close(error ?? new SshError('byApplication', 'Cannot go on: the connection was ended'));
    this.#requests.close();
    if (error === undefined) this.#ending.resolve();
    else this.#ending.reject(error);
  }

  receive(payload: Uint8Array): boolean {
    this.#heard++;
    try {
      if (this.#channels.receive(payload) || this.#requests.receive(payload)) return true;
    } catch (error) {
      throw protocolErrorOf(error);
    }
    const number = payload[0] ?? 0;
    return number >= AUTHENTICATION.first && number <= AUTHENTICATION.last;
  }

  #watch(keepAlive: KeepAlive | undefined): () => void {
    if (keepAlive === undefined) return () => undefined;
    const heard = (): number => this.#heard;
    return watchSilence(keepAlive, {
      get heard() {
        return heard();
      },
      ask: () => void this.#requests.ask(KEEP_ALIVE, new Uint8Array()),
      giveUp: () =>
        this.transport.fail(new SshError('connectionLost', 'Cannot go on: the other side does not answer')),
    });
  }
}
