import { shown } from '../copy/names.ts';
import type { Command } from './command.ts';
import { diskCommand } from './disk-command.ts';
import { listCommand } from './list-command.ts';
import { localCommands } from './local-commands.ts';
import { remoteCommands } from './remote-commands.ts';
import type { Session } from './session.ts';
import { transferCommands } from './transfer-commands.ts';

/** Ends the session; the loop does that. */
export const quitNames: readonly string[] = ['bye', 'exit', 'quit'];

const generalCommands: readonly Command[] = [
  { names: quitNames, usage: '', summary: 'Quit', flags: '', kinds: [], run: () => {} },
  { names: ['help', '?'], usage: '', summary: 'Display this help text', flags: '', kinds: [], run: showHelp },
  {
    names: ['progress'],
    usage: '',
    summary: 'Toggle display of progress meter',
    flags: '',
    kinds: [],
    run: (session) => {
      session.showsProgress = !session.showsProgress;
      session.say(`Progress meter ${session.showsProgress ? 'enabled' : 'disabled'}`);
    },
  },
  {
    names: ['version'],
    usage: '',
    summary: 'Show SFTP version',
    flags: '',
    kinds: [],
    run: (session) => session.terminal.print('SFTP protocol version 3'),
  },
];

export const commands: readonly Command[] = [
  ...generalCommands,
  ...remoteCommands,
  ...transferCommands,
  ...localCommands,
  listCommand,
  diskCommand,
].toSorted((one, other) => (nameIn(one) < nameIn(other) ? -1 : 1));

export function commandNamed(name: string): Command | undefined {
  return commands.find(({ names }) => names.includes(name));
}

function nameIn({ names: [name = ''] }: Command): string {
  return name;
}

function showHelp(session: Session): void {
  const uses = commands.map((command) => `${nameIn(command)} ${command.usage}`.trimEnd());
  const width = Math.max(...uses.map((use) => use.length)) + 2;
  session.terminal.print('Available commands:');
  for (const [index, { summary }] of commands.entries())
    session.terminal.print(shown((uses[index] ?? '').padEnd(width) + summary));
}
