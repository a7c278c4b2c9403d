import { createTerminal } from '@orrery/terminal';
import type { CommandSpec } from './commands.ts';
import { flag, makeContext, type Options } from './context.ts';
import { explain } from './failure.ts';

/** Runs one command and says what failed. Returns the exit code. */
export async function run(spec: CommandSpec, words: readonly string[], options: Options): Promise<number> {
  const terminal = createTerminal({
    program: 'ssh-sync',
    json: flag(options, 'json'),
    yes: flag(options, 'yes'),
    verbose: flag(options, 'verbose'),
    streams: {
      get input() {
        return process.stdin;
      },
      output: process.stdout,
      errors: process.stderr,
    },
    noColour: (process.env['NO_COLOR'] ?? '') !== '',
  });
  try {
    const context = makeContext(terminal, spec.name, words, options, process.env);
    const action = await spec.load();
    return await action(context);
  } catch (cause) {
    return terminal.fail(explain(cause));
  }
}
