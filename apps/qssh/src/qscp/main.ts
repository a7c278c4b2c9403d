import { visible } from '@orrery/terminal';
import { makeTerminal } from '../copy/make-terminal.ts';
import { failureText } from '../copy/reason.ts';
import { OptionError } from '../qssh/getopt.ts';
import { readCommandLine, usage } from './command-line.ts';
import { copyAll } from './copy-all.ts';

/** Something was not copied. */
const FAILED = 1;

/** Runs `qscp` with its arguments (without node and script) and returns the exit code: 0 if everything was copied, or 1. */
export async function main(argv: readonly string[]): Promise<number> {
  // The other side starts this program so, for the old protocol of scp.
  if (isRemoteEnd(argv)) {
    const { serveLegacy } = await import('./legacy-server.ts');
    return serveLegacy(argv);
  }
  if (argv.length === 1 && argv[0] === '--help') {
    process.stdout.write(usage);
    return 0;
  }
  // Holds if nothing is left that the process could wait for.
  process.exitCode = FAILED;
  try {
    const line = readCommandLine(argv);
    return await copyAll(line, makeTerminal('qscp', line.verbose));
  } catch (error) {
    const isUsage = error instanceof OptionError;
    process.stderr.write(`qscp: ${visible(failureText(error))}\n${isUsage ? usage : ''}`);
    return FAILED;
  }
}

/** Whether `-t` or `-f` stands among the options before the first path. */
function isRemoteEnd(argv: readonly string[]): boolean {
  const first = argv.findIndex((word) => !word.startsWith('-') || word === '--');
  return argv.slice(0, first === -1 ? argv.length : first).some((word) => /^-[dprqv]*[tf]$/.test(word));
}
