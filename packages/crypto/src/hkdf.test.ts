import assert from 'node:assert/strict';
import { test } from 'node:test';

import { testVectors } from '../testing/vectors.ts';
import { hkdfSha256 } from './hkdf.ts';

const empty = new Uint8Array();

testVectors('hkdfSha256 gives the outputs of RFC 5869 and Wycheproof', 'hkdf-sha256.json', (vector) => {
  const output = vector.bytes('output');
  assert.deepEqual(
    hkdfSha256(vector.bytes('secret'), vector.bytes('salt'), vector.bytes('info'), output.length),
    output,
  );
});

test('hkdfSha256 gives up to 8160 bytes and takes up to 1024 bytes of info', () => {
  assert.equal(hkdfSha256(Uint8Array.of(1), empty, new Uint8Array(1024), 8160).length, 8160);
  for (const length of [0, -1, 8161, 1.5, Number.NaN]) {
    assert.throws(() => hkdfSha256(Uint8Array.of(1), empty, empty, length), RangeError, String(length));
  }
  assert.throws(() => hkdfSha256(Uint8Array.of(1), empty, new Uint8Array(1025), 32), {
    name: 'RangeError',
    message: 'Cannot use HKDF info: found 1025 bytes, at most 1024 expected',
  });
});
