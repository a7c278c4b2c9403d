import assert from 'node:assert/strict';
import { test } from 'node:test';

import { testVectors } from '../testing/vectors.ts';
import { randomBytes } from './secret.ts';
import { x25519, x25519PublicKey } from './x25519.ts';

const BASE_POINT = Uint8Array.fromHex('09'.padEnd(64, '0'));

testVectors(
  'x25519 gives the shared secrets of Wycheproof, zero for points of small order',
  'x25519.json.gz',
  (vector) => {
    assert.deepEqual(
      x25519(vector.bytes('secretKey'), vector.bytes('publicKey')),
      vector.bytes('sharedSecret'),
    );
  },
);

test('x25519PublicKey is the function applied to the base point', () => {
  const secretKey = randomBytes(32);
  assert.deepEqual(x25519PublicKey(secretKey), x25519(secretKey, BASE_POINT));
});
