import assert from 'node:assert/strict';
import { test } from 'node:test';

import { commands } from './commands.ts';
import { makeProgram } from './program.ts';

function help(argv: readonly string[], command?: string): string {
  const program = makeProgram(argv, () => undefined);
  const found = program.commands.find((candidate) => candidate.name() === command);
  return (found ?? program).helpInformation();
}

/** What `--help` writes, with what stands after the flags. */
function shown(argv: readonly string[]): string {
  let text = '';
  const program = makeProgram(argv, () => undefined);
  const command = program.commands.find((candidate) => candidate.name() === argv[0]) ?? program;
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 80 });
  command.outputHelp();
  return text;
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

test('makeProgram explains a command in lines of 80 columns, with one for what it does and examples that it takes', () => {
  for (const { name, description, examples } of commands) {
    const lines = shown([name, '--help']).split('\n');
    assert.ok(lines.includes(description), `${name}: ${description}`);
    assert.ok(examples.length > 0, name);
    for (const line of lines) assert.ok(line.length <= 80, `${name}: ${line}`);
    for (const example of examples) {
      assert.ok(lines.includes(`  ssh-sync ${example}`), example);
      const words = example.split(' ');
      const command = makeProgram(words, () => undefined).commands.find((known) => known.name() === words[0]);
      assert.deepEqual(command?.parseOptions(words.slice(1)).unknown, [], example);
    }
  }
});

test('makeProgram lists the commands in lines of 80 columns, each in one', () => {
  const lines = shown(['--help']).split('\n');
  for (const line of lines) assert.ok(line.length <= 80, line);
  for (const { name, description } of commands)
    assert.ok(
      lines.some((line) => line.startsWith(`  ${name} `) && line.endsWith(` ${description}`)),
      name,
    );
});

test('makeProgram knows all commands when it must say which one was meant', () => {
  const program = makeProgram(['synk', '--help'], () => undefined);
  assert.equal(program.commands.length, commands.length);
});
