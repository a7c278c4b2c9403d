import assert from 'node:assert/strict';
import { test } from 'node:test';

import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';

import { testVectors } from '../testing/vectors.ts';
import { DecryptError } from './aead.ts';
import { aes256Gcm } from './aes-gcm.ts';

const key = new Uint8Array(32).fill(0x42);
const nonce = Uint8Array.from({ length: 12 }, (_, index) => index);
const none = new Uint8Array();

testVectors('aes256Gcm seals and opens the cases of Wycheproof', 'aes-256-gcm.json', (vector) => {
  const parameters = [vector.bytes('key'), vector.bytes('nonce')] as const;
  const [plaintext, ciphertext] = [vector.bytes('plaintext'), vector.bytes('ciphertext')];
  const associatedData = vector.bytes('associatedData');
  if (vector.valid) {
    assert.deepEqual(aes256Gcm.seal(...parameters, plaintext, associatedData), ciphertext);
    assert.deepEqual(aes256Gcm.open(...parameters, ciphertext, associatedData), plaintext);
  } else {
    assert.throws(() => aes256Gcm.open(...parameters, ciphertext, associatedData), DecryptError);
  }
});

test('aes256Gcm gives the known data blob of ssh-sync', () => {
  const blob = aes256Gcm.seal(key, nonce, utf8('hello'), none);
  assert.equal(blob.toHex(), '6dbbfdb1defb1c37d08720b39aa618c3cec57b5b4b');
});

test('aes256Gcm opens what it sealed, and nothing with one bit flipped anywhere', () => {
  const bytes = fc.uint8Array({ maxLength: 100 });
  fc.assert(
    fc.property(bytes, bytes, fc.nat(), (plaintext, associatedData, position) => {
      const ciphertext = aes256Gcm.seal(key, nonce, plaintext, associatedData);
      assert.equal(ciphertext.length, plaintext.length + aes256Gcm.tagLength);
      assert.deepEqual(aes256Gcm.open(key, nonce, ciphertext, associatedData), plaintext);
      const parts = [key.slice(), nonce.slice(), ciphertext, associatedData] as const;
      const total = parts.reduce((sum, part) => sum + part.length, 0) * 8;
      flipBit(parts, position % total);
      assert.throws(() => aes256Gcm.open(...parts), DecryptError);
    }),
  );
});

test('aes256Gcm.open throws DecryptError for a ciphertext that is shorter than a tag', () => {
  for (const length of [0, 1, 15]) {
    assert.throws(() => aes256Gcm.open(key, nonce, new Uint8Array(length), none), {
      name: 'DecryptError',
      message: 'Cannot decrypt: the ciphertext is not authentic',
    });
  }
});

test('aes256Gcm refuses keys and nonces of other lengths', () => {
  const sealed = aes256Gcm.seal(key, nonce, none, none);
  for (const [badKey, badNonce] of [
    [key.subarray(1), nonce],
    [new Uint8Array(16), nonce],
    [key, nonce.subarray(1)],
    [key, new Uint8Array(16)],
  ] as const) {
    assert.throws(() => aes256Gcm.seal(badKey, badNonce, none, none), RangeError);
    assert.throws(() => aes256Gcm.open(badKey, badNonce, sealed, none), RangeError);
  }
});

function flipBit(parts: readonly Uint8Array[], position: number): void {
  let rest = position;
  for (const part of parts) {
    if (rest < part.length * 8) {
      part[rest >> 3] = (part[rest >> 3] ?? 0) ^ (1 << (rest & 7));
      return;
    }
    rest -= part.length * 8;
  }
}
