import { OptionError } from '../qssh/getopt.ts';
import { type CommandLine, readCommandLine } from './command-line.ts';
import { usage } from './usage.ts';

/** Runs `qssh-agent` with its arguments (without node and script) and returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  process.removeAllListeners('warning'); // node:ffi is said to be experimental
  process.on('SIGUSR1', () => undefined); // by which Node.js would open a debugger
  let line: CommandLine;
  try {
    line = readCommandLine(argv, process.env);
  } catch (cause) {
    if (!(cause instanceof OptionError)) throw cause;
    process.stderr.write(`qssh-agent: ${cause.message}\n${usage}`);
    return 1;
  }
  for (const name of line.idle) process.stderr.write(`qssh-agent: ${name} changes nothing here\n`);
  const { run } = await import('./run.ts');
  return run(line);
}
