import type { SftpClient } from '@orrery/ssh';
import { OptionError } from '../qssh/getopt.ts';
import type { RemoteAddress } from './remote-address.ts';
import { sshWords } from './ssh-words.ts';
import { splitWords } from './words.ts';

/** A server of files. */
export interface Server {
  readonly sftp: SftpClient;
  /** Ends the session and waits for the other side. */
  end(): Promise<void>;
}

/** What a command line says about the way to servers. */
export interface Way {
  /** The words of a server that is started on this machine. */
  readonly server: string | undefined;
  /** Runs in place of a login by this process. */
  readonly program: string | undefined;
  /** What ssh is told. */
  readonly sshOptions: readonly string[];
  readonly port: string | undefined;
}

export interface ServerOptions {
  /** What to ask for on the other side; absent: sftp. */
  readonly subsystem?: string;
  /** Ctrl-C is for a transfer, and must not end what leads to the server. */
  readonly outlivesInterrupt: boolean;
}

/** Begins SFTP with a server. What comes before that is light: the connection is under way when the rest is loaded. */
export async function openServer(
  { server, program, sshOptions, port }: Way,
  address: RemoteAddress | undefined,
  { subsystem = 'sftp', outlivesInterrupt }: ServerOptions,
): Promise<Server> {
  const direct = server === undefined ? [] : splitWords(server);
  if (direct.length > 0) return started(direct);
  if (address === undefined) throw new OptionError('a destination is expected');
  const words = sshWords(sshOptions, { ...address, port: address.port ?? port }, subsystem);
  if (program !== undefined) return started([program, ...words]);
  const { logInToServer } = await import('./login-server.ts');
  return logInToServer(words, outlivesInterrupt);
}

async function started(words: readonly string[]): Promise<Server> {
  const { startServer } = await import('./server-process.ts');
  return startServer(words);
}
