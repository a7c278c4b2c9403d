import assert from 'node:assert/strict';
import { test } from 'node:test';

import { commands } from './commands.ts';
import { makeProgram } from './program.ts';

function help(argv: readonly string[], command?: string): string {
  const program = makeProgram(argv, () => undefined);
  const found = program.commands.find((candidate) => candidate.name() === command);
  return (found ?? program).helpInformation();
}

test('makeProgram lists every command with its argument when none is named', () => {
  const listed = help([]);
  for (const { name, description, argument } of commands) {
    const words = argument === undefined ? name : `${name} ${argument.name}`;
    const [first = ''] = description.split(' ');
    assert.ok(listed.includes(`  ${words} `), name);
    assert.ok(listed.includes(first), name);
  }
});

test('makeProgram explains every option of the command that is named, first or after help', () => {
  for (const { name, options } of commands)
    for (const argv of [
      [name, '--help'],
      ['help', name],
    ])
      for (const [flags] of [...options, ['--home <dir>'], ['-v, --verbose']])
        assert.ok(help(argv, name).includes(`  ${flags} `), `${argv.join(' ')}: ${flags}`);
});

test('makeProgram knows all commands when it must say which one was meant', () => {
  const program = makeProgram(['synk', '--help'], () => undefined);
  assert.equal(program.commands.length, commands.length);
});
