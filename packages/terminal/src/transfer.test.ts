import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createRecorder } from '../testing/recorder.ts';
import { createTransfer, figuresOf } from './transfer.ts';

test('figuresOf shows percent, amount, rate and time', () => {
  const megabyte = 1024 * 1024;
  assert.equal(
    figuresOf({ done: 3 * megabyte, total: 12 * megabyte, seconds: 2, isOver: false }),
    '  25%   3.0MB   1.5MB/s 00:06 left  ',
  );
  assert.equal(
    figuresOf({ done: 5, total: 5, seconds: 3700, isOver: true }),
    ' 100%      5B      0B/s 1:01:40     ',
  );
  assert.equal(
    figuresOf({ done: 0, total: 9, seconds: 0, isOver: false }),
    '   0%      0B      0B/s --:-- left  ',
  );
  assert.equal(
    figuresOf({ done: 0, total: 0, seconds: 0, isOver: true }),
    ' 100%      0B      0B/s 00:00       ',
  );
  assert.match(figuresOf({ done: 7, total: 5, seconds: 1, isOver: true }), /^ 100%/);
  assert.match(figuresOf({ done: 9999, total: 2e15, seconds: 1, isOver: false }), /^ {3}0% {3}9999B/);
  assert.match(figuresOf({ done: 1e15, total: 2e15, seconds: 1, isOver: false }), /^ {2}50% {3}909TB/);
});

test('createTransfer keeps one line of the terminal, with a name that does nothing to it', () => {
  const { streams } = createRecorder();
  const remarks: string[] = [];
  const lines = { status: () => {}, remark: (line: string) => void remarks.push(line) };
  const transfer = createTransfer(`\x1b[2J${'n'.repeat(200)}`, 10, streams.errors, lines);
  transfer.tick(10);
  transfer.end();
  assert.equal(remarks.length, 1);
  assert.match(remarks[0] ?? '', /^\\x1b\[2Jn+ 100% {5}10B {2,}[0-9.]+[KM]?B\/s 00:00 +$/);
  assert.equal(remarks[0]?.length, 79);
});
