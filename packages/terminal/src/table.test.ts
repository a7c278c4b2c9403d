import assert from 'node:assert/strict';
import { test } from 'node:test';

import { tableLines } from './table.ts';

test('tableLines makes every column as wide as its widest cell, without trailing spaces', async () => {
  const rows = [
    ['laptop', '3'],
    ['workstation', ''],
    ['pi', '12'],
  ];
  assert.deepEqual(await tableLines(['NAME', 'KEYS'], rows), [
    'NAME         KEYS',
    'laptop       3',
    'workstation',
    'pi           12',
  ]);
});

test('tableLines measures what a terminal shows, not characters', async () => {
  const rows = [
    ['東京', 'x'],
    ['Ju\u0308rgen', 'x'],
    ['🔑', 'x'],
  ];
  assert.deepEqual(await tableLines(['NAME', 'K'], rows), [
    'NAME    K',
    '東京    x',
    'Ju\u0308rgen  x',
    '🔑      x',
  ]);
});

test('tableLines escapes cells before it measures them', async () => {
  assert.deepEqual(await tableLines(['A', 'B'], [['\x1b[2J', 'x']]), ['A        B', '\\x1b[2J  x']);
});

test('tableLines gives only the headings if there are no rows', async () => {
  assert.deepEqual(await tableLines(['NAME', 'KEYS'], []), ['NAME  KEYS']);
});
