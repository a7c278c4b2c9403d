import assert from 'node:assert/strict';
import { test } from 'node:test';

import { concat, equal, utf8 } from './bytes.ts';

test('concat joins its parts into a new array', () => {
  const part = Uint8Array.of(1, 2);
  const joined = concat(part, new Uint8Array(), Uint8Array.of(3));
  part[0] = 9;
  assert.deepEqual(joined, Uint8Array.of(1, 2, 3));
  assert.deepEqual(concat(), new Uint8Array());
});

test('equal compares length and content', () => {
  assert.equal(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true);
  assert.equal(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false);
  assert.equal(equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0)), false);
});

test('utf8 encodes text and refuses a lone surrogate', () => {
  assert.deepEqual(utf8('ä€'), Uint8Array.of(0xc3, 0xa4, 0xe2, 0x82, 0xac));
  assert.throws(() => utf8('\ud800'), RangeError);
});
