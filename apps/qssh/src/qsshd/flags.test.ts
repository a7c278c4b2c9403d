import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { parseFlags } from './flags.ts';

test('parseFlags takes paths from where it was started, also for later readings of the configuration', () => {
  const { config, logFile, hostKeys } = parseFlags(['-f', 'conf', '-E', '../log', '-h', '/etc/key']);
  assert.deepEqual([config, logFile, hostKeys], [resolve('conf'), resolve('../log'), ['/etc/key']]);
  assert.equal(parseFlags(['-f', 'none']).config, 'none');
});

test('parseFlags takes letters together, with the value of the last behind it or in the next word', () => {
  const { isForeground, logsToStandardError, ports } = parseFlags(['-Dep22', '-p', '23']);
  assert.deepEqual([isForeground, logsToStandardError, ports], [true, true, ['22', '23']]);
});

test('parseFlags refuses what it does not know, and words without an option', () => {
  assert.throws(() => parseFlags(['-Z']), { name: 'UsageError', message: 'unknown option -- Z' });
  assert.throws(() => parseFlags(['-p']), {
    name: 'UsageError',
    message: 'option requires an argument -- p',
  });
  assert.throws(() => parseFlags(['host']), { name: 'UsageError', message: 'unexpected argument "host"' });
  assert.deepEqual(parseFlags(['--listen=[::1]:22', '--listen', 'a:1']).listen, ['[::1]:22', 'a:1']);
});
