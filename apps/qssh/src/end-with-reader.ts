import { constants } from 'node:os';

/** Ends the program as SIGPIPE would, which Node.js ignores, once nobody reads its standard output: `... | head`. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(128 + constants.signals.SIGPIPE);
    throw error;
  });
}
