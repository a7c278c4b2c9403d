import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MatchSubject, matches } from './match.ts';
import { Settings } from './settings.ts';
import { ValueError } from './value-error.ts';

function subject(
  changes: Partial<MatchSubject> = {},
  set: Readonly<Record<string, string>> = {},
): MatchSubject {
  const settings = new Settings();
  for (const [keyword, value] of Object.entries(set)) settings.offer(keyword, [value]);
  return {
    settings,
    originalHost: 'typed',
    host: 'typed',
    localUser: 'me',
    command: '',
    isFinalPass: false,
    wantFinalPass: () => undefined,
    run: () => assert.fail('ran a command'),
    ...changes,
  };
}

test('matches reads what newer OpenSSH has as well: tagged, command, sessiontype, localnetwork', () => {
  assert.equal(matches('tagged prod', subject({}, { tag: 'prod' })), true);
  assert.equal(matches('tagged prod', subject()), false);
  assert.equal(matches('command ls*', subject({ command: 'ls -l' })), true);
  assert.equal(matches('sessiontype shell', subject()), true);
  assert.equal(matches('sessiontype exec', subject({ command: 'ls' })), true);
  assert.equal(
    matches('sessiontype subsystem', subject({ command: 'sftp' }, { sessiontype: 'subsystem' })),
    true,
  );
  assert.equal(matches('localnetwork 127.0.0.0/8,::1/128', subject()), true);
  assert.equal(matches('localnetwork 203.0.113.0/24', subject()), false);
  assert.throws(() => matches('localnetwork foo', subject()), new ValueError('Invalid network entry "foo"'));
});

test('matches runs a command only if nothing before it failed', () => {
  assert.equal(matches('host other exec "touch x"', subject()), false);
  const ran: string[] = [];
  const run = (command: string): boolean => ran.push(command) > 0;
  assert.equal(matches('host typed exec "touch x" user me', subject({ run })), true);
  assert.equal(matches('host typed !exec "touch x"', subject({ run })), false);
  assert.deepEqual(ran, ['touch x', 'touch x']);
});

test('matches says what is wrong with a line', () => {
  const cases = [
    ['foo x', 'Unsupported Match attribute foo'],
    ['host', 'Missing Match criteria for host'],
    ['all host x', "'all' cannot be combined with other Match attributes"],
    ['', 'One or more attributes required for Match'],
    ['host "x', 'invalid quotes'],
  ] as const;
  for (const [text, message] of cases)
    assert.throws(() => matches(text, subject()), new ValueError(message), text);
});
