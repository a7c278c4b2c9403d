// The client's side of a forwarded agent: which channels of the server get to it.
import type { Duplex } from 'node:stream';
import type { ChannelOpener } from '../connection/channel-table.ts';
import type { Channel } from '../connection/channel.ts';
import { joinStream } from '../connection/join.ts';
import { bindForwarded } from './bind-forwarded.ts';
import { AGENT_REQUEST, AGENT_WINDOW, MAX_AGENT_CHANNELS } from './forwarding.ts';
import type { SessionProof } from './messages.ts';

/** The user's agent, for a server that it is forwarded to. */
export interface AgentAccess {
  /** A new connection to the agent. What it throws is refused to the server without a reason. */
  connect(): Promise<Duplex>;
  /** The agent does not bind sessions, so that it cannot know who asks. It is used nevertheless. */
  onUnbound?(): void;
  /** The server wanted to use the agent, which was not offered to it. It was refused. */
  onUnasked?(): void;
}

/** Decides about channels to the agent. */
export class AgentGate {
  readonly #access: AgentAccess;
  readonly #session: SessionProof;
  readonly #streams = new Set<Duplex>();
  /** Sessions to which the agent is offered. */
  #sessions = 0;
  #channels = 0;
  #isOver = false;

  /** @param session That of the connection. */
  constructor(access: AgentAccess, session: SessionProof) {
    this.#access = access;
    this.#session = session;
  }

  /** Offers the agent to a session, for as long as that lasts; whether the server takes it. */
  async offer(session: Channel): Promise<boolean> {
    // Before the answer is there the server may already use it.
    this.#sessions++;
    const isTaken = await session.request(AGENT_REQUEST, new Uint8Array());
    const withdraw = (): void => {
      this.#sessions--;
      if (this.#sessions === 0) this.#hangUp();
    };
    if (!isTaken || session.isOver) withdraw();
    else session.once('closed', withdraw);
    return isTaken;
  }

  readonly open: ChannelOpener = () => {
    if (this.#sessions === 0) {
      this.#access.onUnasked?.();
      return { refuse: 'administrativelyProhibited', why: 'the agent is not forwarded' };
    }
    if (this.#channels === MAX_AGENT_CHANNELS)
      return { refuse: 'resourceShortage', why: 'too many channels to the agent' };
    this.#channels++;
    return this.#connect().then(
      (stream) => ({ accept: (channel) => this.#join(channel, stream), maxWindow: AGENT_WINDOW }),
      () => {
        this.#channels--;
        return { refuse: 'connectFailed', why: 'the agent cannot be reached' };
      },
    );
  };

  /** The connection is over. */
  close(): void {
    this.#isOver = true;
    this.#hangUp();
  }

  #hangUp(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  /** A connection that is bound, before a byte of the server gets to it. */
  async #connect(): Promise<Duplex> {
    const stream = await this.#access.connect();
    stream.on('error', () => undefined);
    if (this.#isOver || this.#sessions === 0) stream.destroy();
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    try {
      if (!(await bindForwarded(stream, this.#session))) this.#access.onUnbound?.();
      return stream;
    } catch (cause) {
      stream.destroy();
      throw cause;
    }
  }

  #join(channel: Channel, stream: Duplex): void {
    channel.once('closed', () => this.#channels--);
    joinStream(channel, stream);
  }
}
