import { CommanderError } from 'commander';
import { makeProgram } from './program.ts';

/**
 * Runs `ssh-sync` with its arguments (without node and script) and returns the exit code:
 * 0 done, 1 failed, 2 usage, 3 the server's answers cannot be trusted, 4 lines were withheld, 130 interrupted.
 */
export async function main(argv: string[]): Promise<number> {
  let code = 0;
  const program = makeProgram(argv, (exitCode) => {
    code = exitCode;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    // A help or version that was asked for is no failure.
    return cause.exitCode === 0 ? 0 : refuse(argv, cause);
  }
  return code;
}

/** Says what is wrong with a command line. */
async function refuse(argv: readonly string[], cause: CommanderError): Promise<number> {
  const [{ usageErrorOf }, { makeTerminal }] = await Promise.all([
    import('./usage.ts'),
    import('./make-terminal.ts'),
  ]);
  const error = usageErrorOf(cause);
  if (error === undefined) return 2;
  return makeTerminal({ json: argv.includes('--json'), yes: false, verbose: false }).fail(error);
}
