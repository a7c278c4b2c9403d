import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted } from './plural.ts';

test('counted uses the one form for one alone', () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => counted(count, 'entry', 'entries')),
    ['0 entries', '1 entry', '2 entries'],
  );
  assert.equal(counted(3, 'object'), '3 objects');
});
