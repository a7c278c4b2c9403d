import assert from 'node:assert/strict';
import { test } from 'node:test';

import { loadSntrup761 } from './sntrup761.ts';

const sntrup761 = await loadSntrup761();
const { secretKey, publicKey } = sntrup761.generate();

test('sntrup761 shares a secret with the owner of the key, with the lengths of RFC 9941', () => {
  const { ciphertext, sharedSecret } = sntrup761.encapsulate(publicKey);
  assert.deepEqual(
    [secretKey.length, publicKey.length, ciphertext.length, sharedSecret.length],
    [1763, 1158, 1039, 32],
  );
  assert.deepEqual(sntrup761.decapsulate(secretKey, ciphertext), sharedSecret);
  assert.equal(publicKey.constructor, Uint8Array);
});

test('sntrup761 gives another secret for each encapsulation, and for a ciphertext that was changed', () => {
  const { ciphertext, sharedSecret } = sntrup761.encapsulate(publicKey);
  assert.notDeepEqual(sntrup761.encapsulate(publicKey).sharedSecret, sharedSecret);
  ciphertext[1000] = (ciphertext[1000] ?? 0) ^ 1;
  const rejected = sntrup761.decapsulate(secretKey, ciphertext);
  assert.notDeepEqual(rejected, sharedSecret);
  assert.deepEqual(sntrup761.decapsulate(secretKey, ciphertext), rejected);
});

test('sntrup761 refuses keys and ciphertexts of other lengths', () => {
  const refusal = (what: string, found: number, expected: number): object => ({
    name: 'RangeError',
    message: `Cannot use sntrup761 ${what}: found ${found} bytes, ${expected} expected`,
  });
  assert.throws(() => sntrup761.encapsulate(publicKey.subarray(1)), refusal('public key', 1157, 1158));
  const { ciphertext } = sntrup761.encapsulate(publicKey);
  assert.throws(
    () => sntrup761.decapsulate(secretKey.subarray(1), ciphertext),
    refusal('secret key', 1762, 1763),
  );
  assert.throws(
    () => sntrup761.decapsulate(secretKey, ciphertext.subarray(1)),
    refusal('ciphertext', 1038, 1039),
  );
});
