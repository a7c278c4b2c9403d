import assert from 'node:assert/strict';
import { test } from 'node:test';
import { piFraction } from './pi.ts';

test('piFraction is what stands behind the point of pi', () => {
  const bits = 33_344n;
  const one = 1n << (bits + 64n); // 64 more, for what is lost in rounding
  /** The arc tangent of 1 / x. */
  const arctan = (x: bigint): bigint => {
    let sum = 0n;
    for (let [power, odd] = [one / x, 1n]; power !== 0n; power /= -(x * x), odd += 2n) sum += power / odd;
    return sum;
  };
  const pi = 16n * arctan(5n) - 4n * arctan(239n); // Machin's formula
  assert.equal(piFraction().toHex(), ((pi - 3n * one) >> 64n).toString(16).padStart(Number(bits) / 4, '0'));
});
