import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { codeAfterHangUp, runOnTerminal } from '../testing/run.ts';

const colour = /\x1b\[[\d;]*m/;

suite('a question on a terminal', { concurrency: true }, () => {
  test('is answered by a key', async () => {
    const { code, output } = await runOnTerminal('child confirm', [['No', 'y']]);
    assert.equal(code, 0);
    assert.match(output, /Go on\?.*answer true\r\n$/s);
  });

  test('is answered by no if only the return key is pressed', async () => {
    const { output } = await runOnTerminal('child confirm', [['No', '\r']]);
    assert.match(output, /answer false\r\n$/);
  });

  test('is not asked with --yes, unless --yes must not answer it', async () => {
    assert.equal((await runOnTerminal('child confirm --yes')).output, 'answer true\r\n');
    const { output } = await runOnTerminal('child strict --yes', [['No', 'n']]);
    assert.match(output, /Accept\?.*answer false\r\n$/s);
  });

  test('is not answered by yes through letters that were typed ahead', async () => {
    for (const letter of 'hjkl') {
      const { output } = await runOnTerminal('child confirm', [['No', `${letter}\r`]]);
      assert.match(output, /answer false\r\n$/, letter);
    }
  });

  test('that needs the word yes takes nothing less, and no later line of a paste', async () => {
    for (const [keys, found] of [
      ['yes\r', true],
      ['Yes \r', true],
      ['\r', false],
      ['no\r', false],
      ['\ryes\r', false],
      ['no\ryes\r', false],
    ] as const) {
      const { output } = await runOnTerminal('child typed', [['Admit?', keys]]);
      assert.match(output, new RegExp(`answer ${found}\\r\\n$`), JSON.stringify(keys));
    }
  });

  test('that needs the word yes asks again after another word, which has to be taken out', async () => {
    for (const keys of ['y\r', 'k\r', 'ls -l\ryes\r']) {
      const { code, output } = await runOnTerminal('child typed', [
        ['Admit?', keys],
        ['in full', '\x03'],
      ]);
      assert.equal(code, 130, JSON.stringify(keys));
      assert.doesNotMatch(output, /answer/);
    }
    const { output } = await runOnTerminal('child typed', [
      ['Admit?', 'y\r'],
      ['in full', 'es\r'],
    ]);
    assert.match(output, /answer true\r\n$/);
  });

  for (const [name, key] of [
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
    ['Escape', '\x1b'],
  ] as const) {
    test(`is broken off by ${name} with exit code 130, and the terminal is as before`, async () => {
      const command =
        'before=$(stty -g); child confirm; code=$?; [ "$before" = "$(stty -g)" ] && echo same; exit $code';
      const { code, output } = await runOnTerminal(command, [['No', key]]);
      assert.equal(code, 130);
      assert.match(output, /\x1b\[\?25h\S*child:\S* interrupted\r\nsame\r\n$/);
    });
  }

  test('is broken off with exit code 130 when the terminal goes away', async () => {
    assert.equal(await codeAfterHangUp('child ask', 'Name?'), 130);
  });

  test('chooses by the arrow keys, and shows what a label would hide', async () => {
    const { output } = await runOnTerminal('child choose', [
      ['Which?', '\x1b[B'],
      ['large', '\r'],
    ]);
    assert.ok(output.includes('large\\x1b[2J'));
    assert.match(output, /answer 2\r\n$/);
  });

  test('asks for text again until it is valid, also on a terminal that does not know its size', async () => {
    const { output } = await runOnTerminal('stty cols 0 rows 0; child ask', [
      ['Name?', '\r'],
      ['needed', 'bob\r'],
    ]);
    assert.ok(output.includes('Name?\\x1b[2J'));
    assert.ok(output.includes('a name is needed\\x1b[2J'));
    assert.match(output, /answer bob\r\n$/);
  });

  test('may follow another question, and takes an empty answer that nothing forbids', async () => {
    const { code, output } = await runOnTerminal('child both', [
      ['No', 'y'],
      ['Name?', '\r'],
    ]);
    assert.equal(code, 0);
    assert.match(output, /answer true\r\n.*answer \r\n$/s);
  });

  test('is asked on standard error: standard output may be a pipe', async () => {
    const { output } = await runOnTerminal('child confirm | sed s/answer/result/', [['No', 'y']]);
    assert.match(output, /Go on\?.*\nresult true\r\n$/s);
  });

  test('is a usage error with --json', async () => {
    const { code, output } = await runOnTerminal('child confirm --json');
    assert.equal(code, 2);
    assert.equal(
      output,
      String.raw`{"event":"error","message":"cannot ask \"Go on?\": there are no questions with --json",` +
        '"hint":"answer with --yes","code":2}\r\n',
    );
  });

  test('has no colour without colour', async () => {
    const { output } = await runOnTerminal('child confirm --no-colour', [['No', 'y']]);
    assert.doesNotMatch(output, colour);
    assert.match(output, /answer true\r\n$/);
  });
});
