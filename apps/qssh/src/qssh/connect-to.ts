// A login for another program, in its own process: qscp and qsftp.
import type { Client } from '@orrery/ssh';
import type { ClientConfig } from '../config/load-config.ts';
import { type CommandLine, readCommandLine } from './command-line.ts';
import { setOut } from './dial.ts';
import { OptionError } from './getopt.ts';
import { configOf } from './host-config.ts';
import type { Log } from './log.ts';
import { nameMissing } from './missing.ts';

export interface Connected {
  readonly client: Client;
  readonly line: CommandLine;
  readonly config: ClientConfig;
}

/**
 * Logs in as qssh with these words would, and leaves the rest to the caller: nothing runs on either side, and the standard
 * streams and signals of the process stay as they are.
 * @param keepsProxy A ProxyCommand goes on when the terminal sends Ctrl-C, as the caller does.
 * @throws {OptionError} @throws {LoginError}
 */
export async function connectTo(words: readonly string[], log: Log, keepsProxy: boolean): Promise<Connected> {
  const line = readCommandLine(words);
  if (line.host === undefined) throw new OptionError('a destination is expected');
  const config = await configOf(line, line.host, log);
  nameMissing(line, config.settings, log);
  const { route } = await setOut(config, log, keepsProxy);
  const { openClient } = await import('./open-client.ts');
  return { client: await openClient({ line, config, log }, route), line, config };
}
