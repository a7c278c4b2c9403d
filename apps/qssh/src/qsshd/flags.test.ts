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
