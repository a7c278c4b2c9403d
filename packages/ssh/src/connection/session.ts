// RFC 4254, section 6, the client's side: a program that runs on the other side.
import { decode, encode, utf8 } from '@orrery/bytes';
import type { Readable, Writable } from 'node:stream';
import type { Channel } from './channel.ts';
import type { Pace } from './keystrokes.ts';
import {
  breakCodec,
  commandCodec,
  envCodec,
  exitSignalCodec,
  exitStatusCodec,
  ptyCodec,
  signalCodec,
  sizeCodec,
  subsystemCodec,
  type Exit,
  type Terminal,
  type TerminalSize,
} from './session-messages.ts';

/** Offers the user's agent to the program of a session; whether it is taken. */
type OfferAgent = (session: Channel) => Promise<boolean>;

/**
 * A session of a client. Variables, a terminal and an agent come first, then one of `shell`, `exec` and `subsystem`. What answers
 * with a promise resolves to whether the other side grants it; nothing has to be awaited before the next is asked for.
 */
export class ClientSession {
  readonly channel: Channel;
  /** How the program ended; undefined if the channel was closed without a word about it. Never rejects. */
  readonly exit: Promise<Exit | undefined>;

  readonly #pace: Pace | undefined;
  readonly #offerAgent: OfferAgent | undefined;

  /** @param pace At which keystrokes leave once there is a terminal. @param offerAgent Absent: there is none. */
  constructor(channel: Channel, pace?: Pace, offerAgent?: OfferAgent) {
    this.channel = channel;
    this.#pace = pace;
    this.#offerAgent = offerAgent;
    this.exit = exitOf(channel);
  }

  /** The program's standard input. To end it leaves the other direction open. */
  get stdin(): Writable {
    return this.channel;
  }

  /** The program's standard output; what is not read holds the program back. */
  get stdout(): Readable {
    return this.channel;
  }

  /** The program's standard error; what is not read holds the program back, too. */
  get stderr(): Readable {
    return this.channel.stderr;
  }

  /** Sets a variable; most servers take only some and do not say which. */
  env(name: string, value: string | Uint8Array): void {
    this.channel.notify('env', encode(envCodec, { name: utf8(name), value: bytesOf(value) }));
  }

  /**
   * Lets the program use the user's agent (`ConnectOptions.agent`) as long as the session lasts.
   * @throws {TypeError} if the connection has none
   */
  async forwardAgent(): Promise<boolean> {
    if (this.#offerAgent === undefined)
      throw new TypeError('Cannot forward an agent: the connection has none');
    return this.#offerAgent(this.channel);
  }

  async pty(terminal: Terminal): Promise<boolean> {
    const granted = await this.channel.request('pty-req', encode(ptyCodec, terminal));
    if (granted && this.#pace !== undefined) this.channel.obscure(this.#pace);
    return granted;
  }

  shell(): Promise<boolean> {
    return this.channel.request('shell', new Uint8Array());
  }

  /** Runs a command by the user's shell on the other side. */
  exec(command: string | Uint8Array): Promise<boolean> {
    return this.channel.request('exec', encode(commandCodec, { command: bytesOf(command) }));
  }

  subsystem(name: string): Promise<boolean> {
    return this.channel.request('subsystem', encode(subsystemCodec, { name }));
  }

  /** @param signal Without "SIG", such as "INT". */
  signal(signal: string): void {
    this.channel.notify('signal', encode(signalCodec, { signal }));
  }

  windowChange(size: TerminalSize): void {
    this.channel.notify('window-change', encode(sizeCodec, size));
  }

  /** Sends a break of so many milliseconds (RFC 4335). */
  sendBreak(milliseconds: number): Promise<boolean> {
    return this.channel.request('break', encode(breakCodec, { milliseconds }));
  }

  /** Ends both directions at once. */
  close(): void {
    this.channel.close();
  }
}

function exitOf(channel: Channel): Promise<Exit | undefined> {
  let exit: Exit | undefined;
  channel.onRequest = (type, rest) => {
    const found = readExit(type, rest);
    exit = found ?? exit;
    return found !== undefined;
  };
  const { promise, resolve } = Promise.withResolvers<Exit | undefined>();
  channel.once('closed', () => resolve(exit));
  return promise;
}

function readExit(type: string, rest: Uint8Array): Exit | undefined {
  if (type === 'exit-status') return decode(exitStatusCodec, rest);
  if (type !== 'exit-signal') return undefined;
  const { signal, coreDumped, message } = decode(exitSignalCodec, rest);
  return { signal, coreDumped, message };
}

function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? utf8(value) : value;
}
