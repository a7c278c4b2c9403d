import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateCounter } from './rate.ts';

test('RateCounter forgets the oldest keys when there are too many, and windows that are over', () => {
  const counter = new RateCounter();
  assert.equal(counter.spend('first', 1, 1, 60, 0), 0);
  for (let key = 0; key < 49_999; key += 1) counter.spend(`key ${key}`, 1, 1, 60, 0);
  assert.equal(counter.spend('first', 1, 1, 60, 0), 60);
  counter.spend('one more', 1, 1, 60, 0);
  assert.equal(counter.spend('first', 1, 1, 60, 0), 0);
  counter.collect(60);
  assert.equal(counter.spend('key 49998', 1, 1, 60, 59), 0);
});
