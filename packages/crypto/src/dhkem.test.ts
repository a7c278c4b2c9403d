import assert from 'node:assert/strict';

import { native } from '#native';

import { testVectors } from '../testing/vectors.ts';
import { dhKemP256 } from './dhkem.ts';

testVectors('dhKemP256 gives the keys and shared secrets of RFC 9180', 'dhkem-p256.json', (vector) => {
  const [secretKey, ciphertext] = [vector.bytes('secretKey'), vector.bytes('ciphertext')];
  assert.deepEqual(dhKemP256.publicKey(secretKey), vector.bytes('publicKey'));
  assert.deepEqual(dhKemP256.publicKey(vector.bytes('ephemeralSecretKey')), ciphertext);
  assert.deepEqual(dhKemP256.decapsulate(secretKey, ciphertext), vector.bytes('sharedSecret'));
});

testVectors('dhKemP256 takes the points of Wycheproof or refuses them', 'ecdh-p256.json.gz', (vector) => {
  const [secretKey, point] = [vector.bytes('secretKey'), vector.bytes('publicKey')];
  if (vector.valid) {
    assert.deepEqual(native.ecdhP256.sharedSecret(secretKey, point), vector.bytes('sharedSecret'));
    assert.equal(dhKemP256.decapsulate(secretKey, point).length, 32);
  } else {
    assert.throws(() => dhKemP256.decapsulate(secretKey, point), RangeError);
  }
});
