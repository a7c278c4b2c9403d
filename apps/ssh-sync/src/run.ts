import type { CommandSpec } from './commands.ts';
import { flag, makeContext, type Options } from './context.ts';
import { explain } from './failure.ts';
import { makeTerminal } from './make-terminal.ts';

/** Runs one command and says what failed. Returns the exit code. */
export async function run(spec: CommandSpec, words: readonly string[], options: Options): Promise<number> {
  const terminal = makeTerminal({
    json: flag(options, 'json'),
    yes: flag(options, 'yes'),
    verbose: flag(options, 'verbose'),
  });
  try {
    const context = makeContext(terminal, spec.name, words, options, process.env);
    const action = await spec.load();
    return await action(context);
  } catch (cause) {
    return terminal.fail(explain(cause));
  }
}
