import assert from 'node:assert/strict';
import { test } from 'node:test';

import { equalSecret, randomBytes, wipe } from './secret.ts';

test('randomBytes fills any length, also more than a browser gives at once', () => {
  assert.equal(randomBytes(0).length, 0);
  assert.notDeepEqual(randomBytes(16), randomBytes(16));
  const long = randomBytes(200_000);
  for (const start of [0, 65_536, 131_072, 199_900]) {
    assert.ok(long.subarray(start, start + 100).some((byte) => byte !== 0));
  }
});

test('equalSecret compares content and length', () => {
  assert.equal(equalSecret(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true);
  assert.equal(equalSecret(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false);
  assert.equal(equalSecret(Uint8Array.of(1, 2), Uint8Array.of(129, 2)), false);
  assert.equal(equalSecret(Uint8Array.of(1, 2), Uint8Array.of(1)), false);
  assert.equal(equalSecret(new Uint8Array(), new Uint8Array()), true);
});

test('wipe overwrites all of its arrays, and only the part that a view shows', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const other = Uint8Array.of(5);
  wipe(bytes.subarray(1, 3), other);
  assert.deepEqual(bytes, Uint8Array.of(1, 0, 0, 4));
  assert.deepEqual(other, Uint8Array.of(0));
});
