import { createTerminal, type Terminal } from '@orrery/terminal';

/** The flags that decide how this program speaks. */
export interface Manner {
  readonly json: boolean;
  readonly yes: boolean;
  readonly verbose: boolean;
}

/** The terminal of this process. */
export function makeTerminal(manner: Manner): Terminal {
  return createTerminal({
    program: 'ssh-sync',
    ...manner,
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
