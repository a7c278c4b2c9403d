import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { concat } from '@orrery/bytes';

import { testVectors } from '../testing/vectors.ts';
import { mlKem768 } from './ml-kem.ts';
import { randomBytes } from './secret.ts';
import { x25519PublicKey } from './x25519.ts';
import { xWing } from './x-wing.ts';

testVectors('xWing gives the keys and shared secrets of the draft', 'x-wing.json.gz', (vector) => {
  const [secretKey, publicKey] = [vector.bytes('secretKey'), vector.bytes('publicKey')];
  assert.deepEqual(xWing.publicKey(secretKey), publicKey);
  assert.deepEqual(xWing.decapsulate(secretKey, vector.bytes('ciphertext')), vector.bytes('sharedSecret'));
});

testVectors('xWing ciphertexts are laid out as in the draft', 'x-wing.json.gz', (vector) => {
  const publicM = vector.bytes('publicKey').subarray(0, mlKem768.publicKeyLength);
  const random = vector.bytes('random');
  const { cipherText } = ml_kem768.encapsulate(publicM, random.subarray(0, 32));
  assert.deepEqual(concat(cipherText, x25519PublicKey(random.subarray(32))), vector.bytes('ciphertext'));
});

test('xWing.decapsulate gives another secret for every part of the ciphertext that is changed', () => {
  const { secretKey, publicKey } = xWing.generate();
  const { ciphertext, sharedSecret } = xWing.encapsulate(publicKey);
  for (const index of [0, 500, 1087, 1088, 1118]) {
    const changed = ciphertext.slice();
    changed[index] = (changed[index] ?? 0) ^ 1;
    assert.notDeepEqual(xWing.decapsulate(secretKey, changed), sharedSecret, `byte ${index}`);
  }
});

test('xWing still shares a secret when the X25519 part of a key or ciphertext is a point of small order', () => {
  const { secretKey, publicKey } = xWing.generate();
  const ofSmallOrder = concat(publicKey.subarray(0, mlKem768.publicKeyLength), new Uint8Array(32));
  const first = xWing.encapsulate(ofSmallOrder).sharedSecret;
  assert.notDeepEqual(first, xWing.encapsulate(ofSmallOrder).sharedSecret);

  const { ciphertext } = xWing.encapsulate(publicKey);
  const withSmallOrder = concat(ciphertext.subarray(0, mlKem768.ciphertextLength), new Uint8Array(32));
  assert.equal(xWing.decapsulate(secretKey, withSmallOrder).length, 32);
  assert.notDeepEqual(
    xWing.decapsulate(secretKey, withSmallOrder),
    xWing.decapsulate(randomBytes(32), withSmallOrder),
  );
});

test('xWing.encapsulate refuses a key whose ML-KEM part is not reduced', () => {
  const publicKey = xWing.generate().publicKey;
  publicKey.set([0xff, 0xff, 0xff]);
  assert.throws(() => xWing.encapsulate(publicKey), RangeError);
});
