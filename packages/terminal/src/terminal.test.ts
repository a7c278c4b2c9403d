import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { createRecorder, optionsWith } from '../testing/recorder.ts';
import { ExpectedError, UsageError } from './errors.ts';
import { createTerminal } from './terminal.ts';

suite('createTerminal without --json', () => {
  test('prints results on standard output and everything else on standard error', () => {
    const recorder = createRecorder();
    const terminal = createTerminal(optionsWith(recorder));
    terminal.print('line');
    terminal.event('ignored', {});
    terminal.result('files', { count: 1 }, ['one', 'two']);
    terminal.note('note');
    terminal.verbose('detail');
    terminal.warn('careful');
    terminal.showBlock('These lines run programs', ['ProxyCommand nc']);
    assert.equal(recorder.output(), 'line\none\ntwo\n');
    assert.equal(
      recorder.errors(),
      'note\norrery: warning: careful\nThese lines run programs\n  ProxyCommand nc\n',
    );
  });

  test('says what failed with cause and hint, and returns the exit code', () => {
    const recorder = createRecorder();
    const terminal = createTerminal(optionsWith(recorder));
    const cause = new Error('The disk is full.');
    const code = terminal.fail(
      new ExpectedError('Cannot write "a"', { cause, hint: 'make room\nor try later', exitCode: 5 }),
    );
    assert.equal(code, 5);
    assert.equal(recorder.output(), '');
    assert.equal(
      recorder.errors(),
      'orrery: cannot write "a"\ncause: the disk is full\nhint: make room\nhint: or try later\n',
    );
  });

  test('adds details and the stack with -v', () => {
    const recorder = createRecorder();
    const terminal = createTerminal(optionsWith(recorder, { verbose: true }));
    terminal.verbose('detail');
    assert.equal(terminal.fail(new Error('No')), 1);
    assert.match(recorder.errors(), /^detail\norrery: no\nError: No\n    at [^\n]+terminal\.test\.ts/);
  });

  test('shows no character that plays with the terminal, whoever says it', () => {
    const recorder = createRecorder();
    const terminal = createTerminal(optionsWith(recorder));
    const evil = '\x1b[2J\nok';
    terminal.print(evil);
    terminal.note(evil);
    terminal.warn(evil);
    terminal.showBlock(evil, [evil]);
    terminal.fail(new ExpectedError(evil, { hint: '\x1b[2J', cause: new Error('\x9bm') }));
    assert.equal(recorder.output(), '\\x1b[2J\\nok\n');
    assert.deepEqual(recorder.errors().trimEnd().split('\n'), [
      '\\x1b[2J\\nok',
      'orrery: warning: \\x1b[2J\\nok',
      '\\x1b[2J\\nok',
      '  \\x1b[2J\\nok',
      'orrery: \\x1b[2J\\nok',
      'cause: \\x9bm',
      'hint: \\x1b[2J',
    ]);
  });
});

suite('createTerminal with --json', () => {
  test('writes only JSON lines to standard output, and only warnings to standard error', () => {
    const recorder = createRecorder();
    const terminal = createTerminal(optionsWith(recorder, { json: true, verbose: true }));
    terminal.print('line');
    terminal.note('note');
    terminal.verbose('detail');
    terminal.showBlock('title', ['line']);
    terminal.event('started', { at: 1n });
    terminal.result('files', { count: 1 }, ['one']);
    terminal.warn('careful');
    assert.equal(
      recorder.output(),
      '{"event":"started","at":"1"}\n{"event":"files","count":1}\n{"event":"warning","message":"careful"}\n',
    );
    assert.equal(recorder.errors(), 'orrery: warning: careful\n');
  });

  test('makes what failed an event', () => {
    const recorder = createRecorder();
    const terminal = createTerminal(optionsWith(recorder, { json: true }));
    assert.equal(terminal.fail(new UsageError('No file', { hint: 'name one' })), 2);
    assert.equal(terminal.fail(new Error('Above', { cause: new Error('Below') })), 1);
    assert.equal(
      recorder.output(),
      '{"event":"error","message":"no file","hint":"name one","code":2}\n' +
        '{"event":"error","message":"above","causes":["below"],"code":1}\n',
    );
    assert.equal(recorder.errors(), '');
  });
});

suite('questions without a terminal', () => {
  const choices = [{ value: 1, label: 'one' }];

  test('are usage errors that name the flag', async () => {
    const terminal = createTerminal(optionsWith(createRecorder()));
    assert.equal(terminal.interactive, false);
    const refusal = (question: string, flag: string): object => ({
      name: 'UsageError',
      message: `Cannot ask "${question}": there is no terminal`,
      hint: `answer with ${flag}`,
    });
    await assert.rejects(terminal.confirm({ question: 'Go on?', flag: '--yes' }), refusal('Go on?', '--yes'));
    await assert.rejects(
      terminal.choose({ question: 'Which?', flag: '--size SIZE', choices }),
      refusal('Which?', '--size SIZE'),
    );
    await assert.rejects(
      terminal.ask({ question: 'Name?', flag: '--name NAME' }),
      refusal('Name?', '--name NAME'),
    );
  });

  test('are the first to touch standard input', () => {
    const { streams } = createRecorder();
    let touched = 0;
    const terminal = createTerminal({
      ...optionsWith(createRecorder()),
      streams: {
        get input() {
          touched++;
          return Object.assign(streams.input, { isTTY: true });
        },
        output: streams.output,
        errors: Object.assign(streams.errors, { isTTY: true }),
      },
    });
    terminal.note('no question yet');
    assert.equal(touched, 0);
    assert.equal(terminal.interactive, true);
    assert.equal(touched, 1);
  });

  test('are answered by --yes where it may', async () => {
    const terminal = createTerminal(optionsWith(createRecorder(), { yes: true }));
    assert.equal(await terminal.confirm({ question: 'Go on?', flag: '--yes' }), true);
    await assert.rejects(
      terminal.confirm({ question: 'Accept?', flag: '--accept-commands', yesAnswers: false }),
      UsageError,
    );
  });
});
