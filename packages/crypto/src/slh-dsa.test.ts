import assert from 'node:assert/strict';
import { test } from 'node:test';

import { slh_dsa_sha2_128f, slh_dsa_shake_128f } from '@noble/post-quantum/slh-dsa.js';
import { utf8 } from '@orrery/bytes';

import { type Vector, testVectors } from '../testing/vectors.ts';
import { native as browser } from './native.browser.ts';
import { native as node } from './native.node.ts';
import { type SlhDsaSet, slhDsa, slhDsaSets } from './slh-dsa.ts';

const message = utf8('the quick brown fox');

function setOf(vector: Vector): SlhDsaSet {
  const set = slhDsaSets.find((known) => known === vector.text('set'));
  assert.ok(set);
  return set;
}

testVectors('both platforms give the public keys of ACVP', 'slh-dsa-keygen.json.gz', (vector) => {
  const secretKey = vector.bytes('secretKey');
  assert.deepEqual(secretKey.subarray(0, -vector.bytes('publicKey').length / 2), vector.bytes('seed'));
  for (const platform of [node, browser]) {
    const { publicKey } = platform.slhDsa(setOf(vector), new Uint8Array()).importSecretKey(secretKey);
    assert.deepEqual(publicKey, vector.bytes('publicKey'));
  }
});

testVectors('both platforms judge the signatures of ACVP alike', 'slh-dsa-verify.json.gz', (vector) => {
  const set = setOf(vector);
  const [publicKey, signature] = [vector.bytes('publicKey'), vector.bytes('signature')];
  const algorithm = slhDsa(set, vector.bytes('context'));
  assert.equal(algorithm.verifier(publicKey).verify(vector.bytes('message'), signature), vector.valid);
  if (signature.length !== algorithm.signatureLength) return;
  for (const platform of [node, browser]) {
    const verify = platform.slhDsa(set, vector.bytes('context')).importPublicKey(publicKey);
    assert.equal(verify(vector.bytes('message'), signature), vector.valid);
  }
});

// Signing is hedged, so the known signatures are made with noble's deterministic variant.
testVectors('noble makes the deterministic signatures of ACVP', 'slh-dsa-sign.json.gz', (vector) => {
  const algorithm = setOf(vector) === 'sha2-128f' ? slh_dsa_sha2_128f : slh_dsa_shake_128f;
  const context = vector.bytes('context');
  const options = { extraEntropy: false, context } as const;
  const signature = algorithm.sign(vector.bytes('message'), vector.bytes('secretKey'), options);
  assert.deepEqual(signature, vector.bytes('signature'));
  const ours = slhDsa(setOf(vector), context);
  const verifier = ours.verifier(ours.publicKey(vector.bytes('secretKey')));
  assert.equal(verifier.verify(vector.bytes('message'), signature), true);
});

for (const set of slhDsaSets) {
  test(`what OpenSSL signs with SLH-DSA-${set}, noble verifies, in the lengths of the standard`, async () => {
    const [ours, theirs] = [node, browser].map(({ slhDsa: platform }) => platform(set, new Uint8Array()));
    assert.ok(ours && theirs);
    const secretKey = ours.generateSecretKey();
    const { publicKey, sign } = ours.importSecretKey(secretKey);
    const signature = await sign(message);
    const { secretKeyLength, publicKeyLength, signatureLength } = slhDsa(set);
    assert.deepEqual(
      [secretKey.length, publicKey.length, signature.length],
      [secretKeyLength, publicKeyLength, signatureLength],
    );
    const verify = theirs.importPublicKey(publicKey);
    assert.equal(verify(message, signature), true);
    assert.equal(verify(utf8('another'), signature), false);
  });
}

for (const set of ['sha2-128f', 'shake-128f'] as const) {
  test(`what noble signs with SLH-DSA-${set}, OpenSSL verifies`, async () => {
    const theirs = browser.slhDsa(set, new Uint8Array());
    const { publicKey, sign } = theirs.importSecretKey(theirs.generateSecretKey());
    const verify = node.slhDsa(set, new Uint8Array()).importPublicKey(publicKey);
    const signature = await sign(message);
    assert.equal(verify(message, signature), true);
    assert.equal(verify(utf8('another'), signature), false);
  });
}

test('OpenSSL signs with SLH-DSA while this thread goes on', async () => {
  const algorithm = node.slhDsa('sha2-128s', new Uint8Array());
  const { sign } = algorithm.importSecretKey(algorithm.generateSecretKey());
  const order: string[] = [];
  const signed = sign(message).then(() => order.push('signed'));
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  order.push('went on');
  await signed;
  assert.deepEqual(order, ['went on', 'signed']);
});
