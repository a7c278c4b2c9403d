// A server to which this process logs in by itself: nothing but the network is between its packets and this program.
import { connectTo, type Connected } from '../qssh/connect-to.ts';
import { OptionError } from '../qssh/getopt.ts';
import { createLog, type Log } from '../qssh/log.ts';
import type { Server } from './server.ts';

/** Logs in as qssh with these words would, and begins SFTP. @throws {Error} that says what was not told before */
export async function logInToServer(words: readonly string[], outlivesInterrupt: boolean): Promise<Server> {
  const log = createLog(undefined);
  const connected = await connectOrTell(words, log, outlivesInterrupt);
  const { openFiles } = await import('./open-files.ts');
  return openFiles(connected, log);
}

async function connectOrTell(words: readonly string[], log: Log, keepsProxy: boolean): Promise<Connected> {
  try {
    return await connectTo(words, log, keepsProxy);
  } catch (cause) {
    if (cause instanceof OptionError) log.error(`qssh: ${cause.message}`);
    else {
      const { explain } = await import('../qssh/explain.ts');
      explain(cause, log);
    }
    throw new Error('Connection closed', { cause });
  }
}
