// RFC 4254, section 6, the server's side: what was asked for on a channel before a program starts.
import { decode, encode, boolean, string, struct, text, uint32 } from '@orrery/bytes';
import type { Channel } from './channel.ts';
import type { Exit } from './session.ts';

const MAX_COMMAND = 1024 * 1024;
const MAX_ENVIRONMENT = 65_536;

export const windowCodec = struct({ columns: uint32, rows: uint32, width: uint32, height: uint32 });
const ptyCodec = struct({
  term: text(256),
  columns: uint32,
  rows: uint32,
  width: uint32,
  height: uint32,
  modes: string(4096),
});
const envCodec = struct({ name: string(256), value: string(MAX_ENVIRONMENT) });
const commandCodec = struct({ command: string(MAX_COMMAND) });
const subsystemCodec = struct({ name: text(256) });
const signalCodec = struct({ signal: text(64) });
const exitStatusCodec = struct({ status: uint32 });
const exitSignalCodec = struct({
  signal: text(64),
  coreDumped: boolean,
  message: text(256),
  language: text(64),
});

export interface Terminal {
  readonly term: string;
  readonly columns: number;
  readonly rows: number;
  /** In pixels; 0 where it is not known. */
  readonly width: number;
  readonly height: number;
  /** Encoded as in section 8. */
  readonly modes: Uint8Array;
}

/** What to start. */
export interface Start {
  readonly what:
    | { readonly kind: 'shell' }
    | { readonly kind: 'exec'; readonly command: Uint8Array }
    | { readonly kind: 'subsystem'; readonly name: string };
  readonly terminal: Terminal | undefined;
  readonly environment: ReadonlyMap<string, Uint8Array>;
}

/** A program that was started. */
export interface Program {
  resize(size: { readonly columns: number; readonly rows: number }): void;
  signal(name: string): void;
}

/** Starts a program, which then has the channel; undefined: it may not. */
export type StartProgram = (start: Start, channel: Channel) => Program | undefined;

/** Serves a channel of type "session": one program at most. */
export function serveSession(channel: Channel, startProgram: StartProgram): void {
  const environment = new Map<string, Uint8Array>();
  let terminal: Terminal | undefined;
  let program: Program | undefined;
  const begin = (what: Start['what']): boolean => {
    if (program !== undefined) return false;
    program = startProgram({ what, terminal, environment }, channel);
    return program !== undefined;
  };
  channel.onRequest = (type, rest) => {
    switch (type) {
      case 'pty-req':
        terminal = copied(decode(ptyCodec, rest));
        return true;
      case 'env': {
        const { name, value } = decode(envCodec, rest);
        environment.set(String.fromCharCode(...name), value.slice());
        return true;
      }
      case 'shell':
        return begin({ kind: 'shell' });
      case 'exec':
        return begin({ kind: 'exec', command: decode(commandCodec, rest).command.slice() });
      case 'subsystem':
        return begin({ kind: 'subsystem', name: decode(subsystemCodec, rest).name });
      case 'window-change':
        program?.resize(decode(windowCodec, rest));
        return program !== undefined;
      case 'signal':
        program?.signal(decode(signalCodec, rest).signal);
        return program !== undefined;
      default:
        return false;
    }
  };
}

/** Tells how the program ended, and closes the channel. */
export function endSession(channel: Channel, exit: Exit): void {
  if (exit.signal === undefined)
    channel.notify('exit-status', encode(exitStatusCodec, { status: exit.status ?? 255 }));
  else
    channel.notify(
      'exit-signal',
      encode(exitSignalCodec, { signal: exit.signal, coreDumped: false, message: '', language: '' }),
    );
  channel.close();
}

function copied(terminal: Terminal): Terminal {
  return { ...terminal, modes: terminal.modes.slice() };
}
