import { createTerminal, type Terminal } from '@orrery/terminal';

/** The terminal of this process. */
export function makeTerminal(program: string, verbose: boolean): Terminal {
  return createTerminal({
    program,
    json: false,
    yes: false,
    verbose,
    streams: {
      get input() {
        return process.stdin;
      },
      output: process.stdout,
      errors: process.stderr,
    },
    noColour: (process.env['NO_COLOR'] ?? '') !== '',
  });
}
