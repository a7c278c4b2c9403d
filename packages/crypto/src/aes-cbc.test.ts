import assert from 'node:assert/strict';
import { test } from 'node:test';

import { testVectors } from '../testing/vectors.ts';
import { insecureAesCbcDecrypt, insecureAesCbcEncrypt } from './aes-cbc.ts';
import { native as browser } from './native.browser.ts';
import { native as node } from './native.node.ts';

testVectors(
  'insecureAesCbcDecrypt gives the plaintexts of SP 800-38A and insecureAesCbcEncrypt the ciphertexts, on both platforms',
  'aes-cbc.json',
  (vector) => {
    const [key, iv] = [vector.bytes('key'), vector.bytes('iv')];
    const [plaintext, ciphertext] = [vector.bytes('plaintext'), vector.bytes('ciphertext')];
    assert.deepEqual(insecureAesCbcDecrypt(key, iv, ciphertext), plaintext);
    assert.deepEqual(node.aesCbcDecrypt(key, iv, ciphertext), plaintext);
    assert.deepEqual(browser.aesCbcDecrypt(key, iv, ciphertext), plaintext);
    assert.deepEqual(insecureAesCbcEncrypt(key, iv, plaintext), ciphertext);
    assert.deepEqual(node.aesCbcEncrypt(key, iv, plaintext), ciphertext);
    assert.deepEqual(browser.aesCbcEncrypt(key, iv, plaintext), ciphertext);
  },
);

test('insecureAesCbcDecrypt refuses other lengths', () => {
  const [key, iv] = [new Uint8Array(16), new Uint8Array(16)];
  assert.throws(() => insecureAesCbcDecrypt(key.subarray(1), iv, iv), {
    name: 'RangeError',
    message: 'Cannot use AES-CBC key: found 15 bytes, 32 expected',
  });
  assert.throws(() => insecureAesCbcDecrypt(key, iv.subarray(1), iv), {
    name: 'RangeError',
    message: 'Cannot use AES-CBC initialisation vector: found 15 bytes, 16 expected',
  });
  assert.throws(() => insecureAesCbcDecrypt(key, iv, new Uint8Array(17)), {
    name: 'RangeError',
    message: 'Cannot decrypt AES-CBC: found 17 bytes, whole blocks expected',
  });
  assert.throws(() => insecureAesCbcEncrypt(key, iv, new Uint8Array(17)), {
    name: 'RangeError',
    message: 'Cannot encrypt AES-CBC: found 17 bytes, whole blocks expected',
  });
  assert.deepEqual(insecureAesCbcDecrypt(key, iv, new Uint8Array()), new Uint8Array());
});
