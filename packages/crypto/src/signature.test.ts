import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';

import { signatureAlgorithms } from './algorithms.ts';
import { wipe } from './secret.ts';

const message = utf8('the quick brown fox');

/** The others of SLH-DSA take up to a second to sign, or have 50,000 bytes: slh-dsa.test.ts has them. */
const quick = signatureAlgorithms.supported.filter(
  ({ name }) => !name.startsWith('SLH-DSA') || name.endsWith('SHA2-128f'),
);

for (const algorithm of quick) {
  const { name, secretKeyLength, publicKeyLength, signatureLength } = algorithm;
  suite(name, () => {
    const { secretKey, publicKey } = algorithm.generate();
    const signer = algorithm.signer(secretKey);
    const verifier = algorithm.verifier(publicKey);

    test('signs so that its public key verifies, with the lengths it states', async () => {
      const signature = await signer.sign(message);
      assert.equal(verifier.verify(message, signature), true);
      assert.deepEqual(
        [secretKey.length, publicKey.length, signature.length],
        [secretKeyLength, publicKeyLength, signatureLength],
      );
      assert.deepEqual(signer.publicKey, publicKey);
      assert.deepEqual(algorithm.publicKey(secretKey), publicKey);
      assert.deepEqual([signer.algorithm, verifier.algorithm], [name, name]);
    });

    test('signs and verifies the empty message and long ones', async () => {
      for (const length of [0, 1, 100_000]) {
        const signature = await signer.sign(new Uint8Array(length));
        assert.equal(verifier.verify(new Uint8Array(length), signature), true);
        assert.equal(verifier.verify(new Uint8Array(length + 1), signature), false);
      }
    });

    test('refuses a signature by another key', async () => {
      const stranger = algorithm.signer(algorithm.generate().secretKey);
      assert.equal(verifier.verify(message, await stranger.sign(message)), false);
    });

    test('refuses a signature or a message with one bit flipped', async () => {
      const signature = await signer.sign(message);
      fc.assert(
        fc.property(fc.nat({ max: signatureLength * 8 - 1 }), fc.nat(), (inSignature, inMessage) => {
          assert.equal(verifier.verify(message, flipped(signature, inSignature)), false);
          assert.equal(verifier.verify(flipped(message, inMessage % 8), signature), false);
        }),
        { numRuns: 30 },
      );
    });

    test('refuses signatures of other lengths and any other bytes, without an error', async () => {
      const signature = await signer.sign(message);
      for (const bad of [
        new Uint8Array(),
        signature.subarray(1),
        signature.subarray(0, -1),
        Uint8Array.of(...signature, 0),
        new Uint8Array(signatureLength),
        new Uint8Array(signatureLength).fill(0xff),
      ]) {
        assert.equal(verifier.verify(message, bad), false);
      }
      const anySignature = fc.uint8Array({ minLength: signatureLength, maxLength: signatureLength });
      fc.assert(
        fc.property(anySignature, (bytes) => assert.equal(verifier.verify(message, bytes), false)),
        { numRuns: 30 },
      );
    });

    test('refuses keys of other lengths', () => {
      const wrongLength = (kind: string, found: number, expected: number): object => ({
        name: 'RangeError',
        message: `Cannot use ${name} ${kind} key: found ${found} bytes, ${expected} expected`,
      });
      const short = secretKey.subarray(1);
      const refusal = wrongLength('secret', secretKeyLength - 1, secretKeyLength);
      assert.throws(() => algorithm.signer(short), refusal);
      assert.throws(() => algorithm.publicKey(short), refusal);
      assert.throws(
        () => algorithm.verifier(Uint8Array.of(...publicKey, 0)),
        wrongLength('public', publicKeyLength + 1, publicKeyLength),
      );
    });

    test('keeps its keys when the caller wipes the arrays they came from', async () => {
      const pair = algorithm.generate();
      const ownSigner = algorithm.signer(pair.secretKey);
      const ownVerifier = algorithm.verifier(pair.publicKey);
      wipe(pair.secretKey, pair.publicKey);
      assert.equal(ownVerifier.verify(message, await ownSigner.sign(message)), true);
    });
  });
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
