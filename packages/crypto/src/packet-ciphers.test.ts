import assert from 'node:assert/strict';
import { test } from 'node:test';

import { concat } from '@orrery/bytes';
import * as fc from 'fast-check';

import { testVectors } from '../testing/vectors.ts';
import { hmacSha256 } from './hmac.ts';
import { importAesCtrKey, importHmacSha256Key, importHmacSha512Key } from './packet-ciphers.ts';

testVectors('importAesCtrKey gives the ciphertexts of SP 800-38A', 'aes-ctr.json', (vector) => {
  const [key, counter] = [vector.bytes('key'), vector.bytes('iv')];
  const [plaintext, ciphertext] = [vector.bytes('plaintext'), vector.bytes('ciphertext')];
  assert.deepEqual(importAesCtrKey(key, counter)(plaintext), ciphertext);
  assert.deepEqual(importAesCtrKey(key, counter)(ciphertext), plaintext);
});

test('importAesCtrKey gives one stream, however the bytes are cut', () => {
  const bytes = fc.uint8Array({ maxLength: 70 });
  const counter = new Uint8Array(16).fill(0xff); // the first block carries into every byte
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 6 }), fc.constantFrom(16, 24, 32), (parts, keyLength) => {
      const key = new Uint8Array(keyLength).fill(7);
      const stream = importAesCtrKey(key, counter);
      assert.deepEqual(
        concat(...parts.map((part) => stream(part))),
        importAesCtrKey(key, counter)(concat(...parts)),
      );
    }),
  );
});

test('importAesCtrKey refuses keys and counters of other lengths', () => {
  assert.throws(() => importAesCtrKey(new Uint8Array(17), new Uint8Array(16)), {
    name: 'RangeError',
    message: 'Cannot use AES-CTR key: found 17 bytes, 32 expected',
  });
  assert.throws(() => importAesCtrKey(new Uint8Array(16), new Uint8Array(12)), {
    name: 'RangeError',
    message: 'Cannot use AES-CTR counter: found 12 bytes, 16 expected',
  });
});

testVectors('importHmacSha512Key and importHmacSha256Key give the published tags', 'hmac.json', (vector) => {
  const importKey = { hmacSha256: importHmacSha256Key, hmacSha512: importHmacSha512Key }[
    vector.text('function')
  ];
  if (importKey === undefined) return;
  const mac = importKey(vector.bytes('key'));
  const message = vector.bytes('message');
  assert.deepEqual(mac(message), vector.bytes('output'));
  assert.deepEqual(mac(message.subarray(0, 5), message.subarray(5)), vector.bytes('output'));
});

test('importHmacSha256Key keeps the key when the caller wipes the array, and takes any length', () => {
  for (const length of [1, 32, 64, 200]) {
    const key = new Uint8Array(length).fill(9);
    const mac = importHmacSha256Key(key);
    const expected = hmacSha256(key, Uint8Array.of(1, 2));
    key.fill(0);
    assert.deepEqual(mac(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2)), expected);
  }
});
