import assert from 'node:assert/strict';
import { test } from 'node:test';

import { testVectors } from '../testing/vectors.ts';
import { insecureMd5, sha256, sha384, sha3_256, sha512, shake256 } from './hash.ts';

const functions: Readonly<Record<string, (message: Uint8Array, length: number) => Uint8Array>> = {
  sha256,
  sha384,
  sha512,
  sha3_256,
  shake256,
  insecureMd5,
};

testVectors('hash functions give the published outputs', 'hash.json', (vector) => {
  const output = vector.bytes('output');
  const hash = functions[vector.text('function')];
  assert.deepEqual(hash?.(vector.bytes('message'), output.length), output);
});

test('shake256 gives as many bytes as asked for, the shorter outputs being prefixes', () => {
  const long = shake256(Uint8Array.of(1), 500);
  for (const length of [1, 32, 96, 136, 137]) {
    assert.deepEqual(shake256(Uint8Array.of(1), length), long.subarray(0, length));
  }
  for (const length of [0, -1, 1.5]) {
    assert.throws(() => shake256(Uint8Array.of(1), length), RangeError, String(length));
  }
});

test('hash functions return plain arrays that own their memory', () => {
  for (const output of [sha256(Uint8Array.of(1)), shake256(Uint8Array.of(1), 5)]) {
    assert.equal(output.constructor, Uint8Array);
    assert.equal(output.buffer.byteLength, output.length);
  }
});
