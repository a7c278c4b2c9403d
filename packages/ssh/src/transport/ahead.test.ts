import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ahead } from './ahead.ts';

test('Ahead makes one value for each packet, which is gone once it is taken', () => {
  const made: number[] = [];
  const ahead = new Ahead((sequence) => ({ number: made.push(sequence) }));
  const first = ahead.get(7);
  assert.equal(ahead.get(7), first);
  assert.equal(ahead.take(7), first);
  assert.notEqual(ahead.take(7), first);
  assert.deepEqual(ahead.take(8), { number: 3 });
  assert.deepEqual(made, [7, 7, 8]);
});
