import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { utf8 } from '@orrery/bytes';

import { testVectors } from '../testing/vectors.ts';
import { sha256 } from './hash.ts';
import { mlDsa44, mlDsa44With, mlDsa65, mlDsa87 } from './ml-dsa.ts';

/** The seed of the known answers: 0, 1, 2, ... */
const seed = Uint8Array.from({ length: 32 }, (_, index) => index);

testVectors('mlDsa65.publicKey gives the keys of ACVP', 'ml-dsa-65-keygen.json.gz', (vector) => {
  assert.deepEqual(mlDsa65.publicKey(vector.bytes('secretKey')), vector.bytes('publicKey'));
});

testVectors('mlDsa65 judges the signatures of Wycheproof', 'ml-dsa-65-verify.json.gz', (vector) => {
  const publicKey = vector.bytes('publicKey');
  if (publicKey.length !== mlDsa65.publicKeyLength) {
    assert.throws(() => mlDsa65.verifier(publicKey), RangeError);
    return;
  }
  const isValid = mlDsa65.verifier(publicKey).verify(vector.bytes('message'), vector.bytes('signature'));
  assert.equal(isValid, vector.valid);
});

// Signing is hedged, so the known signatures are made with noble's deterministic variant.
testVectors(
  'mlDsa65 verifies the deterministic signatures of Wycheproof',
  'ml-dsa-65-sign.json.gz',
  (vector) => {
    const [secretKey, publicKey] = [vector.bytes('secretKey'), vector.bytes('publicKey')];
    const [message, signature] = [vector.bytes('message'), vector.bytes('signature')];
    assert.deepEqual(deterministic(secretKey, message), signature);
    assert.deepEqual(mlDsa65.publicKey(secretKey), publicKey);
    assert.equal(mlDsa65.verifier(publicKey).verify(message, signature), true);
  },
);

testVectors('mlDsa44 gives the public keys of ACVP', 'ml-dsa-44-keygen.json.gz', (vector) => {
  assert.deepEqual(mlDsa44.publicKey(vector.bytes('secretKey')), vector.bytes('publicKey'));
});

testVectors('mlDsa44 judges the signatures of Wycheproof', 'ml-dsa-44-verify.json.gz', (vector) => {
  const judge = (): boolean => {
    const verifier = mlDsa44With(vector.bytes('context')).verifier(vector.bytes('publicKey'));
    return verifier.verify(vector.bytes('message'), vector.bytes('signature'));
  };
  const isUsable = vector.bytes('context').length <= 255 && vector.bytes('publicKey').length === 1312;
  if (isUsable) assert.equal(judge(), vector.valid);
  else assert.throws(judge, RangeError);
});

testVectors(
  'mlDsa44 verifies the deterministic signatures of Wycheproof, under their context alone',
  'ml-dsa-44-sign.json.gz',
  (vector) => {
    const [secretKey, context] = [vector.bytes('secretKey'), vector.bytes('context')];
    const [message, signature] = [vector.bytes('message'), vector.bytes('signature')];
    const keys = ml_dsa44.keygen(secretKey);
    assert.deepEqual(ml_dsa44.sign(message, keys.secretKey, { extraEntropy: false, context }), signature);
    const publicKey = mlDsa44With(context).publicKey(secretKey);
    assert.deepEqual(publicKey, vector.bytes('publicKey'));
    assert.equal(mlDsa44With(context).verifier(publicKey).verify(message, signature), true);
    assert.equal(mlDsa44With(utf8('another')).verifier(publicKey).verify(message, signature), false);
  },
);

testVectors('mlDsa87.publicKey gives the keys of ACVP', 'ml-dsa-87-keygen.json.gz', (vector) => {
  assert.deepEqual(mlDsa87.publicKey(vector.bytes('secretKey')), vector.bytes('publicKey'));
});

testVectors('mlDsa87 judges the signatures of Wycheproof', 'ml-dsa-87-verify.json.gz', (vector) => {
  const publicKey = vector.bytes('publicKey');
  const judge = (): boolean =>
    mlDsa87.verifier(publicKey).verify(vector.bytes('message'), vector.bytes('signature'));
  if (publicKey.length === mlDsa87.publicKeyLength) assert.equal(judge(), vector.valid);
  else assert.throws(judge, RangeError);
});

testVectors(
  'mlDsa87 verifies the deterministic signatures of Wycheproof',
  'ml-dsa-87-sign.json.gz',
  (vector) => {
    const [secretKey, message] = [vector.bytes('secretKey'), vector.bytes('message')];
    const keys = ml_dsa87.keygen(secretKey);
    const signature = ml_dsa87.sign(message, keys.secretKey, { extraEntropy: false });
    assert.deepEqual(signature, vector.bytes('signature'));
    assert.deepEqual(mlDsa87.publicKey(secretKey), vector.bytes('publicKey'));
    assert.equal(mlDsa87.verifier(keys.publicKey).verify(message, signature), true);
  },
);

test('mlDsa65 gives the known public key of ssh-sync and verifies its known token', () => {
  const publicKey = mlDsa65.publicKey(seed);
  assert.equal(sha256(publicKey).toHex(), 'd666806e11cee19a7c989f7445f90dd419cf4d2d51db8c0fdb4c0f0a542238c9');
  const input = [
    '{"alg":"ML-DSA-65","typ":"JWT"}',
    '{"exp":1700000120,"iat":1699999940,"iss":"github.com/therealpaulgg/ssh-sync","machine":"laptop","username":"alice"}',
  ].map((part) => utf8(part).toBase64({ alphabet: 'base64url', omitPadding: true }));
  const message = utf8(input.join('.'));
  const signature = deterministic(seed, message);
  assert.equal(sha256(signature).toHex(), '28757f4406f675d1207fddba605e06a62d13549f820a45c376552ccb4a6f44fc');
  assert.equal(mlDsa65.verifier(publicKey).verify(message, signature), true);
});

test('mlDsa65.signer signs hedged: the same message twice gives two signatures', async () => {
  const signer = mlDsa65.signer(seed);
  assert.notDeepEqual(await signer.sign(seed), await signer.sign(seed));
});

function deterministic(secretKey: Uint8Array, message: Uint8Array): Uint8Array {
  return ml_dsa65.sign(message, ml_dsa65.keygen(secretKey).secretKey, { extraEntropy: false });
}
