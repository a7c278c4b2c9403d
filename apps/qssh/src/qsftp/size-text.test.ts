import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizeText } from './size-text.ts';

test('sizeText has at most three digits and a unit', () => {
  const sizes = [0, 999, 1000, 1536, 10_240, 1_048_576, 20_000_000, 2 ** 40, 2 ** 60];
  assert.deepEqual(sizes.map(sizeText), [
    '0B',
    '999B',
    '1.0K',
    '1.5K',
    '10K',
    '1.0M',
    '19M',
    '1.0T',
    '1024P',
  ]);
});
