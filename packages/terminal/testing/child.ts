// A small program over the terminal: does what its first argument says, with the flags of every program.
import { ExpectedError, createTerminal } from '../src/index.ts';

const [action = '', ...flags] = process.argv.slice(2);
const terminal = createTerminal({
  program: 'child',
  json: flags.includes('--json'),
  yes: flags.includes('--yes'),
  verbose: flags.includes('-v'),
  noColour: (process.env['NO_COLOR'] ?? '') !== '',
  streams: { input: process.stdin, output: process.stdout, errors: process.stderr },
});

const actions: Readonly<Record<string, () => void | Promise<void>>> = {
  confirm: async () =>
    terminal.print(`answer ${await terminal.confirm({ question: 'Go on?', flag: '--yes' })}`),
  strict: async () => {
    const question = { question: 'Accept?', flag: '--accept-commands', yesAnswers: false };
    terminal.print(`answer ${await terminal.confirm(question)}`);
  },
  choose: async () => {
    const choices = [
      { value: { size: 1 }, label: 'small' },
      { value: { size: 2 }, label: 'large' },
    ];
    const { size } = await terminal.choose({ question: 'Which?', flag: '--size SIZE', choices });
    terminal.print(`answer ${size}`);
  },
  ask: async () => {
    const validate = (answer: string): string | undefined => (answer === '' ? 'a name is needed' : undefined);
    terminal.print(`answer ${await terminal.ask({ question: 'Name?', flag: '--name NAME', validate })}`);
  },
  fail: () => {
    throw new ExpectedError('Cannot open "vault".', { hint: 'run setup first', exitCode: 7 });
  },
  all: async () => {
    terminal.note('a note');
    terminal.verbose('a detail');
    terminal.warn('a warning');
    terminal.showBlock('a block', ['a line']);
    terminal.result('machines', { count: 2n }, await terminal.table(['NAME'], [['laptop']]));
  },
  many: () => {
    for (let count = 0; count < 100_000; count++) terminal.print(`line ${count}`);
    terminal.note(`closed ${terminal.outputClosed.aborted}`);
  },
};

try {
  await actions[action]?.();
} catch (error) {
  process.exitCode = terminal.fail(error);
}
