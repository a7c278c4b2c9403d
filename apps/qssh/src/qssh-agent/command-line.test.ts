import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommandLine } from './command-line.ts';
import { endLines, foregroundLines, startLines } from './shell-lines.ts';

test('readCommandLine reads what ssh-agent takes', () => {
  const line = readCommandLine(
    ['-a', '/run/a', '-t1h30m', '-s', '-O', 'no-restrict-websafe', '-P/lib/*'],
    {},
  );
  assert.deepEqual(line, {
    shell: 'sh',
    isForeground: false,
    kills: false,
    socket: '/run/a',
    lifetimeSeconds: 5400,
    idle: ['-O no-restrict-websafe', '-P /lib/*'],
    command: [],
  });
  assert.deepEqual(readCommandLine(['-a', '/run/a', 'make', '-k'], {}).command, ['make', '-k']);
});

test('readCommandLine takes the shell from SHELL unless it is told', () => {
  const csh = { SHELL: '/bin/tcsh' };
  assert.equal(readCommandLine([], csh).shell, 'csh');
  assert.equal(readCommandLine(['-s'], csh).shell, 'sh');
  assert.equal(readCommandLine(['-c'], {}).shell, 'csh');
});

test('readCommandLine refuses what makes no sense', () => {
  for (const words of [
    ['-c', '-s'],
    ['-D', '-d'],
    ['-k', 'make'],
    ['-D', 'make'],
    ['-t', 'soon'],
    ['-O', 'x'],
    ['-z'],
  ])
    assert.throws(() => readCommandLine(words, {}), { name: 'OptionError' }, words.join(' '));
});

test('lines for shells are those of ssh-agent', () => {
  assert.equal(
    startLines('sh', '/a', 7),
    'SSH_AUTH_SOCK=/a; export SSH_AUTH_SOCK;\nSSH_AGENT_PID=7; export SSH_AGENT_PID;\necho Agent pid 7;\n',
  );
  assert.equal(
    startLines('csh', '/a', 7),
    'setenv SSH_AUTH_SOCK /a;\nsetenv SSH_AGENT_PID 7;\necho Agent pid 7;\n',
  );
  assert.equal(
    foregroundLines('sh', '/a', 7),
    'SSH_AUTH_SOCK=/a; export SSH_AUTH_SOCK;\necho Agent pid 7;\n',
  );
  assert.equal(endLines('sh', 7), 'unset SSH_AUTH_SOCK;\nunset SSH_AGENT_PID;\necho Agent pid 7 killed;\n');
  assert.equal(
    endLines('csh', 7),
    'unsetenv SSH_AUTH_SOCK;\nunsetenv SSH_AGENT_PID;\necho Agent pid 7 killed;\n',
  );
});
