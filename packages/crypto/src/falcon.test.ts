import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { createFalcon1024, createFalcon512 } from '@oqs/liboqs-js/sig';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';

import { signatureAlgorithms } from './algorithms.ts';
import { loadFalcon } from './falcon.ts';
import { wipe } from './secret.ts';

const message = utf8('the quick brown fox');
const { falcon512, falcon1024 } = await loadFalcon();
const peers = [
  [falcon512, await createFalcon512()],
  [falcon1024, await createFalcon1024()],
] as const;

for (const [algorithm, liboqs] of peers) {
  const { name, secretKeyLength, publicKeyLength, signatureLength } = algorithm;
  suite(name, () => {
    const theirs = liboqs.generateKeyPair();

    test('verifies what liboqs signs', () => {
      const verifier = algorithm.verifier(theirs.publicKey);
      for (let count = 0; count < 5; count += 1) {
        const signature = liboqs.sign(message, theirs.secretKey);
        assert.equal(verifier.verify(message, signature), true);
        assert.equal(verifier.verify(utf8('another'), signature), false);
      }
    });

    test('signs with keys of liboqs, and with its own, what liboqs verifies', async () => {
      const own = algorithm.generate();
      assert.deepEqual([own.secretKey.length, own.publicKey.length], [secretKeyLength, publicKeyLength]);
      assert.deepEqual(algorithm.publicKey(theirs.secretKey), theirs.publicKey);
      for (const { secretKey, publicKey } of [theirs, own]) {
        const signer = algorithm.signer(secretKey.slice());
        const signature = await signer.sign(message);
        assert.deepEqual(signer.publicKey, publicKey);
        assert.ok(signature.length <= signatureLength);
        assert.equal(liboqs.verify(message, signature, publicKey), true);
        assert.equal(liboqs.verify(utf8('another'), signature, publicKey), false);
      }
    });

    test('is false for signatures of other lengths, with a bit flipped, or of any bytes', async () => {
      const verifier = algorithm.verifier(theirs.publicKey);
      const signature = await algorithm.signer(theirs.secretKey).sign(message);
      for (const bad of [
        new Uint8Array(),
        signature.subarray(0, -1),
        Uint8Array.of(...signature, 0),
        signature.subarray(1),
      ])
        assert.equal(verifier.verify(message, bad), false);
      const anySignature = fc.uint8Array({ maxLength: signatureLength + 10 });
      fc.assert(
        fc.property(anySignature, fc.nat(), (bytes, at) => {
          assert.equal(verifier.verify(message, bytes), false);
          const flipped = signature.slice();
          flipped[at % flipped.length] = (flipped[at % flipped.length] ?? 0) ^ 1;
          assert.equal(verifier.verify(message, flipped), false);
        }),
        { numRuns: 30 },
      );
    });

    test('refuses keys of other lengths, and secret keys that are none', () => {
      assert.throws(() => algorithm.verifier(theirs.publicKey.subarray(1)), RangeError);
      assert.throws(() => algorithm.signer(theirs.secretKey.subarray(1)), RangeError);
      assert.throws(() => algorithm.signer(new Uint8Array(secretKeyLength)), {
        name: 'RangeError',
        message: `Cannot use ${name} secret key: it is not a valid one`,
      });
    });

    test('keeps its key when the caller wipes the array', async () => {
      const secretKey = theirs.secretKey.slice();
      const signer = algorithm.signer(secretKey);
      wipe(secretKey);
      assert.equal(algorithm.verifier(theirs.publicKey).verify(message, await signer.sign(message)), true);
    });
  });
}

test('Falcon is in no list', () => {
  const { supported, default: usual } = signatureAlgorithms;
  assert.deepEqual(
    [...supported, ...usual].filter(({ name }) => name.startsWith('Falcon')),
    [],
  );
});
