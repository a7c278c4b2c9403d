import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommandLine } from './command-line.ts';
import { OptionError } from './getopt.ts';

test('readCommandLine takes options before and behind the host, and none of the command', () => {
  const line = readCommandLine(['-p22', 'me@web', '-l', 'you', '-o', 'Port 5', 'ls', '-l', '-p', '3']);
  assert.equal(line.host, 'web');
  assert.equal(line.command, 'ls -l -p 3');
  assert.deepEqual(line.settings, [
    { keyword: 'port', value: '22' },
    { keyword: 'user', value: 'me' },
    { keyword: 'user', value: 'you' },
    { text: 'Port 5' },
  ]);
});

test('readCommandLine takes -c for ciphers before the host and for the command behind it', () => {
  const line = readCommandLine(['-c', 'aes256-ctr', 'web', '-c', 'ls -l']);
  assert.deepEqual(line.settings, [{ keyword: 'ciphers', value: 'aes256-ctr' }]);
  assert.equal(line.command, 'ls -l');
  assert.throws(() => readCommandLine(['web', '-c', 'ls', 'more']), OptionError);
});

test('readCommandLine counts -v and -t', () => {
  const levels = [['-v'], ['-vv'], ['-v', '-v', '-v'], ['-vvvv']].map((words) =>
    readCommandLine([...words, 'web']).overrides.get('loglevel'),
  );
  assert.deepEqual(levels, ['DEBUG', 'DEBUG2', 'DEBUG3', 'DEBUG3']);
  assert.equal(readCommandLine(['-t', 'web']).overrides.get('requesttty'), 'true');
  assert.equal(readCommandLine(['-tt', 'web']).overrides.get('requesttty'), 'force');
});

test('readCommandLine names options that do not exist yet', () => {
  assert.deepEqual(readCommandLine(['-O', 'check', '-W', 'a:1', 'web']).missing, ['O', 'W']);
});

test('readCommandLine refuses names that could mean something to a shell', () => {
  for (const words of [['$(x)'], ['-l', '`x`', 'web'], ['a;b@web'], ['--', '-oFoo'], ['a\nb']])
    assert.throws(() => readCommandLine(words), OptionError, words.join(' '));
});
