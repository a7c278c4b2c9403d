import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equalStamp, type Stamp } from './stamp.ts';

test('equalStamp compares every field', () => {
  const stamp: Stamp = { size: 1, mtimeNs: 2n, ctimeNs: 3n, ino: 4n, mode: 0o600 };
  assert.equal(equalStamp(stamp, { ...stamp }), true);
  assert.equal(equalStamp(stamp, { ...stamp, size: 2 }), false);
  assert.equal(equalStamp(stamp, { ...stamp, mtimeNs: 3n }), false);
  assert.equal(equalStamp(stamp, { ...stamp, ctimeNs: 4n }), false);
  assert.equal(equalStamp(stamp, { ...stamp, ino: 5n }), false);
  assert.equal(equalStamp(stamp, { ...stamp, mode: 0o644 }), false);
});
