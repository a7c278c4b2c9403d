import { Command, Option } from 'commander';
import { commands, type CommandSpec } from './commands.ts';
import { version } from './version.ts';

/**
 * The tree of commands; a command's module is loaded when it runs.
 * @param argv The words to be parsed: what they cannot mean is left out, because to declare all commands and options
 *   takes longer than all the rest of a short command.
 * @param exit Takes the exit code.
 */
export function makeProgram(argv: readonly string[], exit: (code: number) => void): Command {
  const program = new Command('ssh-sync')
    .description('The same SSH keys, config and known_hosts on all your machines, end-to-end encrypted.')
    .version(version)
    .exitOverride()
    // Whoever catches its errors says what is wrong.
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError()
    .addHelpText('after', FIRST_STEPS);
  const named = commands.find(({ name }) => name === argv[0]);
  for (const spec of named === undefined ? commands : [named]) {
    const command = program.command(spec.name).description(spec.description).exitOverride();
    if (spec.argument !== undefined) command.argument(spec.argument.name, spec.argument.description);
    if (argv.includes(spec.name)) complete(command, spec, exit);
  }
  return program;
}

/** Makes a command that can be run, or explained, of one that can only be listed. */
function complete(command: Command, spec: CommandSpec, exit: (code: number) => void): void {
  for (const [flags, description] of spec.options) command.option(flags, description);
  if (spec.writes) command.option('--dry-run', 'say what would happen and write nothing');
  command
    .addHelpText('after', () => more(spec))
    .addOption(
      new Option('--home <dir>', 'state of this program (default: $SSH_SYNC_HOME, else ~/.ssh-sync)'),
    )
    .option('--ssh-dir <dir>', 'the synced folder (default: ~/.ssh)')
    .option('--json', 'write JSON lines')
    .option('-y, --yes', 'answer yes where a person would confirm')
    .option('-v, --verbose', 'explain more')
    .action(async (...parameters: unknown[]) => {
      const words =
        spec.argument === undefined ? [] : [parameters[0]].flat().filter((word) => typeof word === 'string');
      const { run } = await import('./run.ts');
      exit(await run(spec, words, command.opts()));
    });
}

const FIRST_STEPS = `
Example:
  ssh-sync setup --server https://sync.example.org --username alice
  ssh-sync sync

"ssh-sync help COMMAND" explains a command, with its flags.`;

/** What follows the list of flags. */
function more({ notes = [], examples }: CommandSpec): string {
  const lines = examples.map((example) => `  ssh-sync ${example}`);
  return [
    '',
    ...(notes.length === 0 ? [] : [...notes, '']),
    examples.length === 1 ? 'Example:' : 'Examples:',
    ...lines,
  ].join('\n');
}
