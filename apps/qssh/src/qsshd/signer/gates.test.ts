import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Writer } from '@orrery/bytes';
import * as fc from 'fast-check';
import { HashGate } from './hash-gate.ts';
import { isKeyProof } from './key-proof.ts';

const label = 'hostkeys-prove-00@openssh.com';
const key = Uint8Array.of(1, 2, 3);

test('HashGate admits what can be an exchange hash, once', () => {
  const gate = new HashGate();
  for (const length of [32, 48, 64]) {
    assert.equal(gate.admits(new Uint8Array(length)), true);
    assert.equal(gate.admits(new Uint8Array(length)), false);
  }
  for (const length of [0, 20, 31, 33, 65, 1000]) assert.equal(gate.admits(new Uint8Array(length)), false);
});

test('isKeyProof knows the proof of this key and nothing else', () => {
  const proof = (text: string, own: Uint8Array): Writer =>
    new Writer().text(text).string(new Uint8Array(32)).string(own);
  assert.equal(isKeyProof(proof(label, key).finish(), key), true);
  assert.equal(isKeyProof(proof(label, Uint8Array.of(1)).finish(), key), false);
  assert.equal(isKeyProof(proof('ssh-connection', key).finish(), key), false);
  assert.equal(isKeyProof(proof(label, key).byte(0).finish(), key), false);
});

test('isKeyProof refuses any other bytes', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.equal(isKeyProof(bytes, key), false)));
});
