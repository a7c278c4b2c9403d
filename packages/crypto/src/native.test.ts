import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';

import { native as browser } from './native.browser.ts';
import { native as node } from './native.node.ts';
import type { Native, NativeSignature } from './native.ts';
import { p256, p384, p521, randomScalar } from './nist-curve.ts';

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
      for (const hash of ['sha256', 'sha384', 'sha512', 'sha3_256', 'insecureMd5', 'insecureSha1'] as const) {
        assert.deepEqual(node[hash](first), browser[hash](first));
      }
      for (const hmac of ['hmacSha256', 'insecureHmacSha1'] as const) {
        assert.deepEqual(node[hmac](first, second), browser[hmac](first, second));
      }
      for (const hash of ['sha256', 'sha512'] as const) {
        const parts = [second, third];
        assert.deepEqual(node.hmac(hash, first)(...parts), browser.hmac(hash, first)(...parts));
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
        const sealed = node.aesGcm(secret).seal(nonce)(plaintext, associatedData);
        assert.deepEqual(browser.aesGcm(secret).seal(nonce)(plaintext, associatedData), sealed);
        for (const { aesGcm } of [node, browser]) {
          assert.deepEqual(aesGcm(secret).open(nonce)(sealed, associatedData), plaintext);
          const other = { ...sealed, tag: new Uint8Array(16) };
          assert.equal(aesGcm(secret).open(nonce)(other, associatedData), undefined);
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
      const [here, there] = [node.chacha20(key)(start), browser.chacha20(key)(start)];
      assert.deepEqual(here(new Uint8Array(128)), there(new Uint8Array(128)));
      assert.deepEqual(here(message), there(message));
      const parts = [message.subarray(0, 7), message.subarray(7)];
      assert.deepEqual(node.poly1305(key)([message]), browser.poly1305(key)(parts));
      assert.deepEqual(node.poly1305(key)(parts), browser.poly1305(key)([message]));
    }),
    { numRuns: 30 },
  );
});

test('both platforms give the same stream of AES in counter mode, over a carry', () => {
  fc.assert(
    fc.property(seed(32), fc.constantFrom(16, 24, 32), bytes, bytes, (key, length, first, second) => {
      const counter = new Uint8Array(16).fill(0xff, 1);
      const streams = [node, browser].map(({ aesCtr }) => aesCtr(key.subarray(0, length), counter));
      for (const part of [first, second]) {
        const [ours, theirs] = streams.map((stream) => stream(part));
        assert.deepEqual(ours, theirs);
      }
    }),
    { numRuns: 30 },
  );
});

const context = Uint8Array.of(1, 2, 3);
const curves = [p256, p384, p521];
type Signed = readonly [string, (native: Native) => NativeSignature, fc.Arbitrary<Uint8Array>];
const signatures: readonly Signed[] = [
  ['ML-DSA-44', (native) => native.mlDsa44(new Uint8Array()), seed(32)],
  ['ML-DSA-44 with a context', (native) => native.mlDsa44(context), seed(32)],
  ['ML-DSA-65', (native) => native.mlDsa65, seed(32)],
  ['ML-DSA-87', (native) => native.mlDsa87, seed(32)],
  ['Ed25519', (native) => native.ed25519, seed(32)],
  ...curves.map(
    (curve) =>
      [
        `ECDSA ${curve.name}`,
        (native: Native) => native.ecdsa[curve.name],
        fc.constant(null).map(() => randomScalar(curve)),
      ] as const,
  ),
];

for (const [name, algorithm, secretKeys] of signatures) {
  test(`what one platform signs with ${name}, the other verifies`, () => {
    fc.assert(
      fc.property(secretKeys, bytes, (secretKey, message) => {
        for (const [signing, verifying] of pairs) {
          const { publicKey, sign } = algorithm(signing).importSecretKey(secretKey);
          assert.deepEqual(algorithm(verifying).importSecretKey(secretKey).publicKey, publicKey);
          const verify = algorithm(verifying).importPublicKey(publicKey);
          const signature = sign(message);
          assert.equal(verify(message, signature), true);
          assert.equal(verify(Uint8Array.of(...message, 0), signature), false);
        }
      }),
      { numRuns: 5 },
    );
  });
}

for (const algorithm of ['mlKem768', 'mlKem1024'] as const) {
  test(`what one platform encapsulates with ${algorithm}, the other decapsulates, also after a change`, () => {
    fc.assert(
      fc.property(seed(64), fc.nat({ max: 1087 }), (secretKey, position) => {
        for (const [sending, receiving] of pairs) {
          const publicKey = receiving[algorithm].importSecretKey(secretKey).publicKey();
          assert.deepEqual(sending[algorithm].importSecretKey(secretKey).publicKey(), publicKey);
          const { ciphertext, sharedSecret } = sending[algorithm].encapsulate(publicKey);
          assert.deepEqual(
            receiving[algorithm].importSecretKey(secretKey).decapsulate(ciphertext),
            sharedSecret,
          );
          ciphertext[position] = (ciphertext[position] ?? 0) ^ 1;
          const rejected = receiving[algorithm].importSecretKey(secretKey).decapsulate(ciphertext);
          assert.notDeepEqual(rejected, sharedSecret);
          assert.deepEqual(sending[algorithm].importSecretKey(secretKey).decapsulate(ciphertext), rejected);
        }
      }),
      { numRuns: 8 },
    );
  });
}

test('both platforms agree on Diffie-Hellman', () => {
  fc.assert(
    fc.property(seed(32), seed(32), (first, second) => {
      const cases = [
        [(native: Native) => native.x25519, first, second],
        ...curves.map(
          (curve) =>
            [(native: Native) => native.ecdh[curve.name], randomScalar(curve), randomScalar(curve)] as const,
        ),
      ] as const;
      for (const [curve, ours, theirs] of cases) {
        const [here, there] = [curve(node).importSecretKey(ours), curve(browser).importSecretKey(ours)];
        const other = curve(browser).importSecretKey(theirs);
        const publicKey = other.publicKey();
        assert.deepEqual(curve(node).importSecretKey(theirs).publicKey(), publicKey);
        const shared = here.sharedSecret(publicKey);
        assert.deepEqual(there.sharedSecret(publicKey), shared);
        assert.deepEqual(other.sharedSecret(here.publicKey()), shared);
      }
    }),
    { numRuns: 5 },
  );
});
