// RFC 4254, section 6, the server's side: one program at most on a channel of type "session".
import { decode, encode, utf8 } from '@orrery/bytes';
import type { Readable, Writable } from 'node:stream';
import { AGENT_REQUEST } from '../agent/forwarding.ts';
import type { OpenAgentChannel } from '../agent/forward-server.ts';
import type { Channel } from './channel.ts';
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

/** Bytes of all variables of a session. */
const MAX_ENVIRONMENT = 1024 * 1024;

/** What to start. */
export type Start =
  | { readonly kind: 'shell' }
  | { readonly kind: 'exec'; readonly command: Uint8Array }
  | { readonly kind: 'subsystem'; readonly name: string };

/** A program that was started, as the other side may influence it. */
export interface Program {
  resize?(size: TerminalSize): void;
  /** @param signal As it came, without "SIG"; also "INFO". False: there is none of that name. */
  signal?(signal: string): boolean;
  sendBreak?(milliseconds: number): boolean;
  /** The channel is closed: whoever ran the program is gone. */
  hangUp?(): void;
}

/** What a program is connected with. */
export interface ServerSession {
  readonly channel: Channel;
  /** What the other side sends; ends when it has sent all. */
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Tells how the program ended, after all of its output, and closes the channel. */
  exit(exit: Exit): void;
}

/** What one session may do. Made anew for each session, so it may keep what it was told. */
export interface SessionHandlers {
  /** Takes a variable, or not; absent: none. The name is as it came, the value is bytes. */
  environment?(name: string, value: Uint8Array): boolean;
  /** Makes a terminal, or not; absent: there are none. */
  terminal?(terminal: Terminal): boolean | Promise<boolean>;
  /** The client offers its agent, to which `open` leads: takes it, or not; absent: no. */
  agent?(open: OpenAgentChannel): boolean | Promise<boolean>;
  /** Starts a program; undefined: it may not. */
  start(start: Start, session: ServerSession): Program | undefined | Promise<Program | undefined>;
  /** The session is over: what was made for it is of no more use. */
  closed?(): void;
}

/** Serves a channel of type "session". @param openAgent Absent: agents are refused. */
export function serveSession(
  channel: Channel,
  handlers: SessionHandlers,
  openAgent?: OpenAgentChannel,
): void {
  channel.sendsStderr();
  const desk = new SessionDesk(channel, handlers, openAgent);
  channel.onRequest = (type, rest) => desk.answer(type, rest);
  channel.once('closed', () => desk.hangUp());
}

class SessionDesk {
  readonly #session: ServerSession;
  readonly #handlers: SessionHandlers;
  readonly #openAgent: OpenAgentChannel | undefined;
  #environmentBytes = 0;
  #hasTerminal = false;
  #hasAgent = false;
  #started = false;
  #program: Program | undefined;
  #isClosed = false;

  constructor(channel: Channel, handlers: SessionHandlers, openAgent: OpenAgentChannel | undefined) {
    this.#handlers = handlers;
    this.#openAgent = openAgent;
    this.#session = {
      channel,
      stdin: channel,
      stdout: channel,
      stderr: channel.stderr,
      exit: (exit) => endSession(channel, exit),
    };
  }

  answer(type: string, rest: Uint8Array): boolean | Promise<boolean> {
    switch (type) {
      case 'pty-req':
        return this.#makeTerminal(decode(ptyCodec, rest));
      case AGENT_REQUEST:
        return this.#takeAgent();
      case 'env':
        return this.#setVariable(decode(envCodec, rest));
      case 'shell':
        return this.#start({ kind: 'shell' });
      case 'exec':
        return this.#start({ kind: 'exec', command: decode(commandCodec, rest).command.slice() });
      case 'subsystem':
        return this.#start({ kind: 'subsystem', name: decode(subsystemCodec, rest).name });
      default:
        return this.#program === undefined ? false : tell(this.#program, type, rest);
    }
  }

  hangUp(): void {
    this.#isClosed = true;
    this.#program?.hangUp?.();
    this.#handlers.closed?.();
  }

  async #makeTerminal(terminal: Terminal): Promise<boolean> {
    if (this.#hasTerminal || this.#started || this.#handlers.terminal === undefined) return false;
    this.#hasTerminal = true;
    return this.#handlers.terminal(terminal);
  }

  async #takeAgent(): Promise<boolean> {
    if (this.#hasAgent || this.#started || this.#openAgent === undefined) return false;
    this.#hasAgent = true;
    return this.#handlers.agent?.(this.#openAgent) ?? false;
  }

  #setVariable({ name, value }: { readonly name: Uint8Array; readonly value: Uint8Array }): boolean {
    this.#environmentBytes += name.length + value.length;
    if (this.#started || this.#environmentBytes > MAX_ENVIRONMENT) return false;
    const text = new TextDecoder().decode(name);
    // A name that is no text cannot be told from another one.
    if (text.includes('\uFFFD') || utf8(text).length !== name.length) return false;
    return this.#handlers.environment?.(text, value.slice()) ?? false;
  }

  async #start(start: Start): Promise<boolean> {
    if (this.#started) return false;
    this.#started = true;
    this.#program = await this.#handlers.start(start, this.#session);
    if (this.#isClosed) this.#program?.hangUp?.();
    return this.#program !== undefined;
  }
}

function tell(program: Program, type: string, rest: Uint8Array): boolean {
  switch (type) {
    case 'window-change':
      program.resize?.(decode(sizeCodec, rest));
      return program.resize !== undefined;
    case 'signal':
      return program.signal?.(decode(signalCodec, rest).signal) ?? false;
    case 'break':
      return program.sendBreak?.(decode(breakCodec, rest).milliseconds) ?? false;
    default:
      return false;
  }
}

/** The exit comes behind all data, and both before the close: OpenSSH's clients look no further than that. */
function endSession(channel: Channel, exit: Exit): void {
  channel.stderr.end(() => {
    channel.end(() => {
      if ('code' in exit) channel.notify('exit-status', encode(exitStatusCodec, exit));
      else channel.notify('exit-signal', encode(exitSignalCodec, { ...exit, language: '' }));
      channel.close();
    });
  });
}
