import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createLog, logLevelOf } from './log.ts';

const folder = mkdtempSync(join(tmpdir(), 'qssh-log-'));
const file = join(folder, 'log');

after(() => rmSync(folder, { recursive: true }));

test('logLevelOf knows the words of OpenSSH and of the ancestor', () => {
  const words = ['QUIET', 'debug1', 'DEBUG3', 'error', 'warn', 'trace', 'off', 'loud', '', 'toString'];
  assert.deepEqual(words.map(logLevelOf), [
    'QUIET',
    'DEBUG',
    'DEBUG3',
    'ERROR',
    'INFO',
    'DEBUG3',
    'QUIET',
    undefined,
    undefined,
    undefined,
  ]);
});

test('createLog says what its level allows, with everything made visible', () => {
  const log = createLog(file);
  log.info('one\x1b[2J');
  log.verbose('two');
  log.level = 'DEBUG2';
  log.verbose('three');
  log.debug('four');
  log.debug('five', 2);
  log.debug('six', 3);
  log.level = 'QUIET';
  log.error('seven');
  assert.equal(readFileSync(file, 'utf8'), 'one\\x1b[2J\nthree\ndebug1: four\ndebug2: five\n');
});
