// A small program over the terminal: does what its first argument says, with the flags of every program.
import { setImmediate, setTimeout } from 'node:timers/promises';

import { ExpectedError, createTerminal } from '../src/index.ts';

const [action = '', ...flags] = process.argv.slice(2);
const terminal = createTerminal({
  program: 'child',
  json: flags.includes('--json'),
  yes: flags.includes('--yes'),
  verbose: flags.includes('-v'),
  noColour: flags.includes('--no-colour'),
  streams: { input: process.stdin, output: process.stdout, errors: process.stderr },
});
const answer = (value: unknown): void => terminal.result('answer', { value }, [`answer ${String(value)}`]);

const actions: Readonly<Record<string, () => void | Promise<void>>> = {
  confirm: async () => answer(await terminal.confirm({ question: 'Go on?', flag: '--yes' })),
  both: async () => {
    answer(await terminal.confirm({ question: 'Go on?', flag: '--yes' }));
    answer(await terminal.ask({ question: 'Name?', flag: '--name NAME' }));
  },
  strict: async () => {
    const question = { question: 'Accept?', flag: '--accept-commands', yesAnswers: false };
    answer(await terminal.confirm(question));
  },
  typed: async () => {
    answer(await terminal.confirm({ question: 'Admit?', flag: '--yes', typed: true }));
  },
  choose: async () => {
    const choices = [
      { value: { size: 1 }, label: 'small' },
      { value: { size: 2 }, label: 'large\x1b[2J' },
    ];
    answer((await terminal.choose({ question: 'Which?', flag: '--size SIZE', choices })).size);
  },
  ask: async () => {
    const validate = (text: string): string | undefined =>
      text === '' ? 'a name is needed\x1b[2J' : undefined;
    answer(await terminal.ask({ question: 'Name?\x1b[2J', flag: '--name NAME', validate }));
  },
  fail: () => {
    throw new ExpectedError('Cannot open "vault"', { hint: 'run setup first', exitCode: 7 });
  },
  all: () => {
    terminal.warn('a warning');
    terminal.showBlock('a block', ['a line']);
    terminal.print('a result');
  },
  quick: () => {
    const progress = terminal.progress('counting', 10);
    for (let done = 1; done <= 10; done++) progress.tick(done);
    progress.end();
    terminal.note('counted');
  },
  slow: async () => {
    const progress = terminal.progress('counting', 10);
    await setTimeout(1200);
    progress.tick(5);
    terminal.note('half');
    progress.end();
  },
  idle: async () => {
    const progress = terminal.progress('waiting\n');
    await setTimeout(1700);
    progress.end();
  },
  many: async () => {
    for (let count = 0; count < 20_000; count++) terminal.print(`line ${count}`);
    await setImmediate();
    terminal.note(`reader gone: ${terminal.outputClosed.aborted}`);
  },
  endless: async () => {
    for (let count = 0; !terminal.outputClosed.aborted; count++) {
      terminal.print(`line ${count}`);
      await setImmediate();
    }
  },
};

async function main(): Promise<number> {
  try {
    await actions[action]?.();
    return 0;
  } catch (error) {
    return terminal.fail(error);
  }
}

process.exitCode = await main();
