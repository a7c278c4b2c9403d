import assert from 'node:assert/strict';
import { test } from 'node:test';

import { testVectors } from '../testing/vectors.ts';
import { randomBytes } from './secret.ts';
import { ephemeralX25519, x25519, x25519PublicKey } from './x25519.ts';

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

test('ephemeralX25519 agrees with the owner of another key, and refuses what leads to no secret', () => {
  const [own, secretKey] = [ephemeralX25519(), randomBytes(32)];
  assert.deepEqual(own.sharedSecret(x25519PublicKey(secretKey)), x25519(secretKey, own.publicKey));
  assert.notDeepEqual(ephemeralX25519().publicKey, own.publicKey);
  assert.throws(() => own.sharedSecret(new Uint8Array(32)), {
    name: 'RangeError',
    message: 'Cannot use X25519 public key: it leads to no secret',
  });
  assert.throws(() => own.sharedSecret(new Uint8Array(31)), {
    name: 'RangeError',
    message: 'Cannot use X25519 public key: found 31 bytes, 32 expected',
  });
});

test('x25519PublicKey is the function applied to the base point', () => {
  const secretKey = randomBytes(32);
  assert.deepEqual(x25519PublicKey(secretKey), x25519(secretKey, BASE_POINT));
});
