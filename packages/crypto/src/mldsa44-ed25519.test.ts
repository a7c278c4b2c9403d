import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ed25519 as nobleEd25519 } from '@noble/curves/ed25519.js';
import { sha512 as nobleSha512 } from '@noble/hashes/sha2.js';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { concat, utf8 } from '@orrery/bytes';

import { testVectors } from '../testing/vectors.ts';
import { mlDsa44Ed25519 } from './mldsa44-ed25519.ts';

const label = '434f4d505349472d4d4c44534134342d456432353531392d534841353132';
const message = utf8('the quick brown fox');
const { secretKey, publicKey } = mlDsa44Ed25519.generate();

testVectors(
  'mlDsa44Ed25519 gives the keys of OpenSSH and verifies its signatures',
  'mldsa44-ed25519.json',
  (vector) => {
    assert.deepEqual(mlDsa44Ed25519.publicKey(vector.bytes('secretKey')), vector.bytes('publicKey'));
    const verifier = mlDsa44Ed25519.verifier(vector.bytes('publicKey'));
    assert.equal(verifier.verify(vector.bytes('message'), vector.bytes('signature')), true);
    assert.equal(verifier.verify(message, vector.bytes('signature')), false);
  },
);

test('mlDsa44Ed25519 signs and verifies as its parts do when noble puts them together', async () => {
  const keys = ml_dsa44.keygen(secretKey.subarray(0, 32));
  const seed = secretKey.subarray(32);
  assert.deepEqual(concat(keys.publicKey, nobleEd25519.getPublicKey(seed)), publicKey);
  const prefix = '436f6d706f73697465416c676f726974686d5369676e61747572657332303235';
  const input = concat(Uint8Array.fromHex(`${prefix}${label}00`), nobleSha512(message));
  const context = Uint8Array.fromHex(label);
  const composed = concat(ml_dsa44.sign(input, keys.secretKey, { context }), nobleEd25519.sign(input, seed));
  assert.equal(mlDsa44Ed25519.verifier(publicKey).verify(message, composed), true);

  const ours = await mlDsa44Ed25519.signer(secretKey).sign(message);
  assert.equal(ml_dsa44.verify(ours.subarray(0, 2420), input, keys.publicKey, { context }), true);
  assert.equal(nobleEd25519.verify(ours.subarray(2420), input, publicKey.subarray(1312)), true);
});

test('mlDsa44Ed25519 refuses a signature of which one half is by another key', async () => {
  const stranger = mlDsa44Ed25519.generate();
  const ours = await mlDsa44Ed25519.signer(secretKey).sign(message);
  const theirs = await mlDsa44Ed25519.signer(stranger.secretKey).sign(message);
  const verifier = mlDsa44Ed25519.verifier(publicKey);
  assert.equal(verifier.verify(message, concat(ours.subarray(0, 2420), theirs.subarray(2420))), false);
  assert.equal(verifier.verify(message, concat(theirs.subarray(0, 2420), ours.subarray(2420))), false);
  assert.equal(verifier.verify(message, ours), true);
});
