import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitCommand } from './split-command.ts';

test('splitCommand groups by quotes and takes an escaped character as it is', () => {
  assert.deepEqual(splitCommand('/x  %u "a b" \'c d\' e\\ f g"h i"j "k\\"l"'), [
    '/x',
    '%u',
    'a b',
    'c d',
    'e f',
    'gh ij',
    'k"l',
  ]);
});
