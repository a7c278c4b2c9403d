import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { suite, test } from 'node:test';

import { runOnTerminal, runPiped } from '../testing/run.ts';

suite('colour', { concurrency: true }, () => {
  test('is used on a terminal, for labels only', async () => {
    assert.equal(
      (await runOnTerminal('child all')).output,
      'child: \x1b[33mwarning:\x1b[39m a warning\r\n\x1b[1ma block\x1b[22m\r\n  a line\r\na result\r\n',
    );
    assert.equal(
      (await runOnTerminal('child fail')).output,
      '\x1b[31mchild:\x1b[39m cannot open "vault"\r\n\x1b[36mhint:\x1b[39m run setup first\r\n',
    );
  });

  const plain = 'child: warning: a warning\r\na block\r\n  a line\r\na result\r\n';
  test('is not used if the user wants none, or on a terminal without colour', async () => {
    assert.equal((await runOnTerminal('child all --no-colour')).output, plain);
    assert.equal((await runOnTerminal('TERM=dumb child all')).output, plain);
  });

  test('is not used on standard error that is a pipe, while standard output is a terminal', async () => {
    const { output } = await runOnTerminal('child all 2>&1 >/dev/tty | cat');
    assert.deepEqual(output.split('\r\n').toSorted(), plain.split('\r\n').toSorted());
  });
});

suite('a progress line', { concurrency: true }, () => {
  test('does not appear for quick work', async () => {
    assert.equal((await runOnTerminal('child quick')).output, 'counted\r\n');
  });

  test('appears for slow work, stays below other lines and leaves nothing', async () => {
    const { output } = await runOnTerminal('child slow');
    assert.match(
      output,
      /\r\x1b\[Kcounting: 5 of 10, \d+ s\r\x1b\[Khalf\r\ncounting: 5 of 10, \d+ s\r\x1b\[K$/,
    );
  });

  test('appears by itself when nothing is reported, and fits the terminal', async () => {
    const { output } = await runOnTerminal('stty cols 12; child idle');
    assert.match(output, /^(?:\r\x1b\[Kwaiting\\n: )+\r\x1b\[K$/);
  });

  test('does not appear without a terminal or with --json', async () => {
    const [piped, json] = await Promise.all([runPiped('child slow'), runOnTerminal('child slow --json')]);
    assert.deepEqual(piped, { code: 0, output: '', errors: 'half\n' });
    assert.equal(json.output, '');
  });
});

suite('standard output', { concurrency: true }, () => {
  test('may lose its reader: the work goes on in silence to its own exit code', async () => {
    assert.deepEqual(await runPiped('child many | head -1; echo ${PIPESTATUS[0]}'), {
      code: 0,
      output: 'line 0\n0\n',
      errors: 'reader gone: true\n',
    });
  });

  test('tells an endless command by outputClosed that its reader has gone', async () => {
    assert.deepEqual(await runPiped('child endless | head -1; echo ${PIPESTATUS[0]}'), {
      code: 0,
      output: 'line 0\n0\n',
      errors: '',
    });
  });

  test('on a full disk is a failure that is reported once', async () => {
    assert.deepEqual(await runPiped('child many >/dev/full'), {
      code: 1,
      output: '',
      errors:
        'child: cannot write to standard output: ENOSPC: no space left on device, write\nreader gone: true\n',
    });
  });

  test('carries only JSON lines with --json', async () => {
    assert.deepEqual(await runPiped('child all --json'), {
      code: 0,
      output: '{"event":"warning","message":"a warning"}\n',
      errors: 'child: warning: a warning\n',
    });
    assert.deepEqual(await runPiped('child fail --json'), {
      code: 7,
      output: '{"event":"error","message":"cannot open \\"vault\\"","hint":"run setup first","code":7}\n',
      errors: '',
    });
  });
});

test('standard error may be closed without changing the exit code', async () => {
  assert.equal((await runPiped('child fail 2>&-')).code, 7);
  assert.equal((await runPiped('child fail 2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}')).code, 7);
});

test('importing the package and printing a plain table loads no other package', () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ resolve: (name, context, next) => (loaded.push(name), next(name, context)) });
    const { createTerminal } = await import(process.argv[1]);
    const streams = { input: process.stdin, output: process.stdout, errors: process.stderr };
    const flags = { json: false, yes: true, verbose: false, noColour: false };
    const terminal = createTerminal({ program: 'orrery', streams, ...flags });
    await terminal.confirm({ question: 'Go on?', flag: '--yes' });
    await terminal.table(['NAME'], [['laptop']]);
    terminal.print(loaded.filter((name) => !/^([./]|file:|node:)/.test(name)).join() || 'none');
  `;
  const index = join(import.meta.dirname, 'index.ts');
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script, index]);
  assert.equal(output.toString(), 'none\n');
});
