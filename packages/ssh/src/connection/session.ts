// RFC 4254, section 6: programs that run on the other side.
import { decode, encode, boolean, string, struct, text, uint32 } from '@orrery/bytes';
import type { Channel } from './channel.ts';
import type { Connection } from './connection.ts';

/** Bytes of a command, of the name and of the value of a variable. */
const MAX_COMMAND = 1024 * 1024;

const commandCodec = struct({ command: string(MAX_COMMAND) });
const exitStatusCodec = struct({ status: uint32 });
const exitSignalCodec = struct({
  signal: text(64),
  coreDumped: boolean,
  message: text(4096),
  language: string(64),
});

/** How a program ended (RFC 4254, section 6.10); neither: the other side did not say. */
export interface Exit {
  readonly status?: number;
  /** Without "SIG". */
  readonly signal?: string;
}

/** A program on the other side. */
export interface Session {
  /** Its standard input and output, and beside them standard error. */
  readonly channel: Channel;
  /** Resolves when the channel is closed. */
  readonly exit: Promise<Exit>;
}

/** Runs a command. @throws {Error} if the other side refuses. */
export async function execute(connection: Connection, command: Uint8Array): Promise<Session> {
  const channel = await connection.openChannel('session');
  const exit = exitOf(channel);
  if (!(await channel.request('exec', encode(commandCodec, { command })))) {
    channel.close();
    throw new Error('Cannot run the command: the other side refused');
  }
  return { channel, exit };
}

function exitOf(channel: Channel): Promise<Exit> {
  let exit: Exit = {};
  channel.onRequest = (type, rest) => {
    const found = readExit(type, rest);
    exit = found ?? exit;
    return found !== undefined;
  };
  const { promise, resolve } = Promise.withResolvers<Exit>();
  channel.once('closed', () => resolve(exit));
  return promise;
}

function readExit(type: string, rest: Uint8Array): Exit | undefined {
  if (type === 'exit-status') return { status: decode(exitStatusCodec, rest).status };
  if (type === 'exit-signal') return { signal: decode(exitSignalCodec, rest).signal };
  return undefined;
}
