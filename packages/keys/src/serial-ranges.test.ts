import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { SerialRanges } from './serial-ranges.ts';

test('SerialRanges joins ranges that meet or touch, in whatever order they come', () => {
  const ranges = new SerialRanges();
  for (const [first, last] of [
    [20n, 29n],
    [5n, 5n],
    [7n, 9n],
    [6n, 6n],
    [25n, 40n],
    [22n, 23n],
    [2n ** 64n - 1n, 2n ** 64n - 1n],
  ] as const)
    ranges.add(first, last);
  assert.deepEqual(ranges.sorted(), [
    { first: 5n, last: 9n },
    { first: 20n, last: 40n },
    { first: 2n ** 64n - 1n, last: 2n ** 64n - 1n },
  ]);
});

test('SerialRanges has what a set of all numbers has, also when more are added after a question', () => {
  const range = fc.tuple(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 0, max: 6 }));
  fc.assert(
    fc.property(fc.array(range), (added) => {
      const ranges = new SerialRanges();
      const all = new Set<number>();
      for (const [first, count] of added) {
        ranges.add(BigInt(first), BigInt(first + count));
        for (let serial = first; serial <= first + count; serial += 1) all.add(serial);
        assert.equal(ranges.has(50n), all.has(50));
      }
      for (let serial = 0; serial < 100; serial += 1)
        assert.equal(ranges.has(BigInt(serial)), all.has(serial));
    }),
  );
});
