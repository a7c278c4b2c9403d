import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, utf8, Writer } from '@orrery/bytes';
import * as fc from 'fast-check';
import { exchangeHash, isExchange } from './exchange-hash.ts';
import { HashGate } from './hash-gate.ts';
import { isKeyProof } from './key-proof.ts';

const label = 'hostkeys-prove-00@openssh.com';
const key = Uint8Array.of(1, 2, 3);

test('HashGate admits each hash once', () => {
  const gate = new HashGate();
  for (const length of [32, 48, 64]) {
    assert.equal(gate.admits(new Uint8Array(length)), true);
    assert.equal(gate.admits(new Uint8Array(length)), false);
  }
});

test('isExchange knows an exchange with this key and nothing else', () => {
  const exchange = (line: string, number: number, own: Uint8Array): Writer =>
    new Writer()
      .text(line)
      .text('SSH-2.0-b')
      .string(Uint8Array.of(20))
      .string(Uint8Array.of(number))
      .string(own);
  const part = Uint8Array.of(5);
  const whole = (writer: Writer): Uint8Array => writer.string(part).string(part).string(part).finish();
  assert.equal(isExchange(whole(exchange('SSH-2.0-a', 20, key)), key), true);
  assert.equal(isExchange(whole(exchange('SSH-2.0-a', 20, Uint8Array.of(1))), key), false);
  assert.equal(isExchange(whole(exchange('a', 20, key)), key), false);
  assert.equal(isExchange(whole(exchange('SSH-2.0-a', 21, key)), key), false);
  assert.equal(isExchange(exchange('SSH-2.0-a', 20, key).string(part).string(part).finish(), key), false);
  assert.equal(isExchange(concat(whole(exchange('SSH-2.0-a', 20, key)), part), key), false);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.equal(isExchange(bytes, key), false)));
});

test('exchangeHash knows the three functions that there are', () => {
  const hash = (length: number): string | undefined => exchangeHash(utf8('abc'), length)?.toHex().slice(0, 8);
  assert.deepEqual([32, 48, 64, 20, 0].map(hash), ['ba7816bf', 'cb00753f', 'ddaf35a1', undefined, undefined]);
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
