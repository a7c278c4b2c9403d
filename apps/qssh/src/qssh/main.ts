import { version } from './version.ts';

/** Exit code of whatever goes wrong here: others belong to the remote program (ssh(1), EXIT STATUS). */
const FAILED = 255;

/**
 * Runs `qssh` with its arguments (without node and script) and returns the exit code: that of the remote program, or
 * 255.
 */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && argv[0] === '-V') {
    process.stderr.write(`${version()}\n`);
    return 0;
  }
  // Holds if nothing is left that the process could wait for.
  process.exitCode = FAILED;
  const { run } = await import('./run.ts');
  return (await run(argv)) ?? FAILED;
}
