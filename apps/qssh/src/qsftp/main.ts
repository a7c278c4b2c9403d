import { readFileSync } from 'node:fs';
import { visible, type Terminal } from '@orrery/terminal';
import { makeTerminal } from '../copy/make-terminal.ts';
import { failureText } from '../copy/reason.ts';
import { readHost } from '../copy/remote-address.ts';
import { openServer } from '../copy/server.ts';
import { OptionError } from '../qssh/getopt.ts';
import { readCommandLine, usage, type CommandLine } from './command-line.ts';

/** No connection, as OpenSSH's sftp ends then. */
const NO_CONNECTION = 255;

/**
 * Runs `qsftp` with its arguments (without node and script) and returns the exit code: 0, or 1 if a command of a batch
 * failed or the options are wrong, or 255 if there is no connection.
 */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && argv[0] === '--help') {
    process.stdout.write(usage);
    return 0;
  }
  // Holds if nothing is left that the process could wait for.
  process.exitCode = NO_CONNECTION;
  try {
    const line = readCommandLine(argv);
    return await run(line, makeTerminal('qsftp', line.verbose));
  } catch (error) {
    const isUsage = error instanceof OptionError;
    const text = visible(failureText(error));
    process.stderr.write(`qsftp: ${text}\n${isUsage ? usage : ''}`);
    return isUsage ? 1 : NO_CONNECTION;
  }
}

async function run(line: CommandLine, terminal: Terminal): Promise<number> {
  // A batch that cannot be read must not connect first.
  const batch = line.batch === undefined || line.batch === '-' ? undefined : linesIn(line.batch);
  const address = line.destination === undefined ? undefined : readHost(line.destination, 'sftp');
  const server = await openServer(line, address, { subsystem: line.subsystem, outlivesInterrupt: true });
  if (!line.quiet)
    terminal.note(address === undefined ? `Attached to ${line.server}.` : `Connected to ${address.host}.`);
  try {
    // What is heavy comes when a connection is there.
    const { runSession } = await import('./run-session.ts');
    return await runSession({ sftp: server.sftp, line, batch, path: address?.path ?? '', terminal });
  } finally {
    await server.end();
  }
}

function linesIn(file: string): string[] {
  const lines = readFileSync(file, 'latin1').split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
