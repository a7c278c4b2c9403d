import assert from 'node:assert/strict';

import { testVectors } from '../testing/vectors.ts';
import { dhKemP256 } from './dhkem.ts';

testVectors('dhKemP256 gives the keys and shared secrets of RFC 9180', 'dhkem-p256.json', (vector) => {
  const [secretKey, ciphertext] = [vector.bytes('secretKey'), vector.bytes('ciphertext')];
  assert.deepEqual(dhKemP256.publicKey(secretKey), vector.bytes('publicKey'));
  assert.deepEqual(dhKemP256.publicKey(vector.bytes('ephemeralSecretKey')), ciphertext);
  assert.deepEqual(dhKemP256.decapsulate(secretKey, ciphertext), vector.bytes('sharedSecret'));
});
