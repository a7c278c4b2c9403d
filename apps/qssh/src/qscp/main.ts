import { visible } from '@orrery/terminal';
import { makeTerminal } from '../copy/make-terminal.ts';
import { OptionError } from '../qssh/getopt.ts';
import { readCommandLine, usage } from './command-line.ts';
import { copyAll } from './copy-all.ts';

/** Runs `qscp` with its arguments (without node and script) and returns the exit code: 0 if everything was copied, or 1. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const line = readCommandLine(argv);
    return await copyAll(line, makeTerminal('qscp', line.verbose));
  } catch (error) {
    const isUsage = error instanceof OptionError;
    process.stderr.write(
      `qscp: ${visible(error instanceof Error ? error.message : String(error))}\n${isUsage ? usage : ''}`,
    );
    return 1;
  }
}
