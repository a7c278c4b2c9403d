import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { commandOf } from './command.ts';

const rules = {
  forceCommand: undefined,
  subsystem: [
    { name: 'sftp', command: 'internal-sftp -R' },
    { name: 'echo', command: '/bin/cat' },
  ],
};
const free = { command: undefined };
const exec = { kind: 'exec', command: utf8('ls') } as const;

test('commandOf runs what is asked for', () => {
  assert.deepEqual(commandOf({ kind: 'shell' }, rules, free), { kind: 'shell' });
  assert.deepEqual(commandOf(exec, rules, free), { kind: 'command', text: 'ls', original: undefined });
  assert.deepEqual(commandOf({ kind: 'subsystem', name: 'echo' }, rules, free), {
    kind: 'command',
    text: '/bin/cat',
    original: undefined,
  });
  assert.deepEqual(commandOf({ kind: 'subsystem', name: 'sftp' }, rules, free), {
    kind: 'sftp',
    args: ' -R',
  });
  assert.equal(commandOf({ kind: 'subsystem', name: 'nothing' }, rules, free), undefined);
});

test('commandOf runs what the server says, else what the key says, and remembers what was asked for', () => {
  const forced = { ...rules, forceCommand: 'backup' };
  const keyed = { command: 'report' };
  assert.deepEqual(commandOf(exec, forced, keyed), { kind: 'command', text: 'backup', original: 'ls' });
  assert.deepEqual(commandOf(exec, rules, keyed), { kind: 'command', text: 'report', original: 'ls' });
  assert.deepEqual(commandOf({ kind: 'shell' }, rules, keyed), {
    kind: 'command',
    text: 'report',
    original: undefined,
  });
  assert.deepEqual(commandOf({ kind: 'shell' }, { ...rules, forceCommand: 'internal-sftp' }, free), {
    kind: 'sftp',
    args: '',
  });
});

test('commandOf takes a program whose name only begins like the sftp server for a program', () => {
  assert.deepEqual(commandOf(exec, { ...rules, forceCommand: 'internal-sftpx' }, free)?.kind, 'command');
});
