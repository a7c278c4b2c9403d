import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { native as browser } from './native.browser.ts';
import { native as node } from './native.node.ts';
import { randomScalar } from './p256.ts';

const seed = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const bytes = fc.uint8Array({ maxLength: 300 });
const pairs = [
  [node, browser],
  [browser, node],
] as const;

test('both platforms hash and derive the same bytes', () => {
  fc.assert(
    fc.property(bytes, bytes, bytes, fc.integer({ min: 1, max: 200 }), (first, second, third, length) => {
      for (const hash of ['sha256', 'sha512', 'sha3_256', 'insecureMd5'] as const) {
        assert.deepEqual(node[hash](first), browser[hash](first));
      }
      for (const hmac of ['hmacSha256', 'insecureHmacSha1'] as const) {
        assert.deepEqual(node[hmac](first, second), browser[hmac](first, second));
      }
      assert.deepEqual(node.shake256(first, length), browser.shake256(first, length));
      assert.deepEqual(
        node.hkdfSha256(first, second, third, length),
        browser.hkdfSha256(first, second, third, length),
      );
      const cost = { N: 4, r: 2, p: 2 };
      assert.deepEqual(node.scrypt(first, second, cost, length), browser.scrypt(first, second, cost, length));
    }),
    { numRuns: 30 },
  );
});

test('what one platform seals, the other opens', () => {
  fc.assert(
    fc.property(seed(32), seed(12), bytes, bytes, (key, nonce, plaintext, associatedData) => {
      for (const secret of [key, key.subarray(16)]) {
        const sealed = node.aesGcm(secret).seal(nonce, plaintext, associatedData);
        assert.deepEqual(browser.aesGcm(secret).seal(nonce, plaintext, associatedData), sealed);
        for (const { aesGcm } of [node, browser]) {
          assert.deepEqual(aesGcm(secret).open(nonce, sealed, associatedData), plaintext);
          const other = { ...sealed, tag: new Uint8Array(16) };
          assert.equal(aesGcm(secret).open(nonce, other, associatedData), undefined);
        }
      }
    }),
    { numRuns: 30 },
  );
});

test('both platforms give the same key stream and the same tag', () => {
  const counters = fc.integer({ min: 0, max: 0xffff_ff00 });
  fc.assert(
    fc.property(seed(32), counters, seed(8), bytes, (key, counter, nonce, message) => {
      const start = new Uint8Array(16);
      new DataView(start.buffer).setUint32(0, counter, true);
      start.set(nonce, 8);
      assert.deepEqual(node.chacha20(key)(start, message), browser.chacha20(key)(start, message));
      assert.deepEqual(node.poly1305(key, message), browser.poly1305(key, message));
    }),
    { numRuns: 30 },
  );
});

for (const algorithm of ['mlDsa65', 'ed25519', 'ecdsaP256'] as const) {
  test(`what one platform signs with ${algorithm}, the other verifies`, () => {
    const secretKeys = algorithm === 'ecdsaP256' ? fc.constant(null).map(randomScalar) : seed(32);
    fc.assert(
      fc.property(secretKeys, bytes, (secretKey, message) => {
        for (const [signing, verifying] of pairs) {
          const { publicKey, sign } = signing[algorithm].importSecretKey(secretKey);
          assert.deepEqual(verifying[algorithm].importSecretKey(secretKey).publicKey, publicKey);
          const verify = verifying[algorithm].importPublicKey(publicKey);
          const signature = sign(message);
          assert.equal(verify(message, signature), true);
          assert.equal(verify(Uint8Array.of(...message, 0), signature), false);
        }
      }),
      { numRuns: 8 },
    );
  });
}

test('what one platform encapsulates with ML-KEM-768, the other decapsulates, also after a change', () => {
  fc.assert(
    fc.property(seed(64), fc.nat({ max: 1087 }), (secretKey, position) => {
      for (const [sending, receiving] of pairs) {
        const publicKey = receiving.mlKem768.publicKey(secretKey);
        assert.deepEqual(sending.mlKem768.publicKey(secretKey), publicKey);
        const { ciphertext, sharedSecret } = sending.mlKem768.encapsulate(publicKey);
        assert.deepEqual(receiving.mlKem768.decapsulate(secretKey, ciphertext), sharedSecret);
        ciphertext[position] = (ciphertext[position] ?? 0) ^ 1;
        const rejected = receiving.mlKem768.decapsulate(secretKey, ciphertext);
        assert.notDeepEqual(rejected, sharedSecret);
        assert.deepEqual(sending.mlKem768.decapsulate(secretKey, ciphertext), rejected);
      }
    }),
    { numRuns: 8 },
  );
});

test('both platforms agree on Diffie-Hellman', () => {
  fc.assert(
    fc.property(seed(32), seed(32), (first, second) => {
      const cases = [
        ['x25519', first, second],
        ['ecdhP256', randomScalar(), randomScalar()],
      ] as const;
      for (const [curve, ours, theirs] of cases) {
        const publicKey = node[curve].publicKey(theirs);
        assert.deepEqual(browser[curve].publicKey(theirs), publicKey);
        const shared = node[curve].sharedSecret(ours, publicKey);
        assert.deepEqual(browser[curve].sharedSecret(ours, publicKey), shared);
        assert.deepEqual(browser[curve].sharedSecret(theirs, node[curve].publicKey(ours)), shared);
      }
    }),
    { numRuns: 8 },
  );
});
