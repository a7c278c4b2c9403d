import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { testVectors } from '../testing/vectors.ts';
import { ecdhP256, ecdhP384, ecdhP521 } from './ecdh.ts';

const curves = [
  { ecdh: ecdhP256, file: 'ecdh-p256.json.gz', scalarLength: 32, pointLength: 65 },
  { ecdh: ecdhP384, file: 'ecdh-p384.json.gz', scalarLength: 48, pointLength: 97 },
  { ecdh: ecdhP521, file: 'ecdh-p521.json.gz', scalarLength: 66, pointLength: 133 },
];

for (const { ecdh, file, scalarLength, pointLength } of curves) {
  suite(ecdh.name, () => {
    testVectors('gives the shared secrets of Wycheproof and refuses its bad points', file, (vector) => {
      const [secretKey, publicKey] = [vector.bytes('secretKey'), vector.bytes('publicKey')];
      if (vector.valid)
        assert.deepEqual(ecdh.sharedSecret(secretKey, publicKey), vector.bytes('sharedSecret'));
      else assert.throws(() => ecdh.sharedSecret(secretKey, publicKey), RangeError);
    });

    test('gives two parties one secret, with the lengths it states', () => {
      const [ours, theirs] = [ecdh.generate(), ecdh.generate()];
      const shared = ecdh.sharedSecret(ours.secretKey, theirs.publicKey);
      assert.deepEqual(ecdh.sharedSecret(theirs.secretKey, ours.publicKey), shared);
      assert.deepEqual(ecdh.publicKey(ours.secretKey), ours.publicKey);
      const { secretKeyLength, publicKeyLength, sharedSecretLength } = ecdh;
      assert.deepEqual(
        [secretKeyLength, publicKeyLength, sharedSecretLength],
        [scalarLength, pointLength, scalarLength],
      );
      assert.deepEqual(
        [ours.secretKey.length, ours.publicKey.length, shared.length],
        [scalarLength, pointLength, scalarLength],
      );
    });

    test('agrees by a key whose secret stays inside', () => {
      const [own, theirs] = [ecdh.ephemeral(), ecdh.generate()];
      assert.deepEqual(
        own.sharedSecret(theirs.publicKey),
        ecdh.sharedSecret(theirs.secretKey, own.publicKey),
      );
      assert.throws(() => own.sharedSecret(new Uint8Array(pointLength)), {
        name: 'RangeError',
        message: /not an uncompressed point on the curve$/,
      });
    });

    test('refuses keys of other lengths', () => {
      const { secretKey, publicKey } = ecdh.generate();
      const shortSecret = {
        name: 'RangeError',
        message: `Cannot use ${ecdh.name} secret key: found ${scalarLength - 1} bytes, ${scalarLength} expected`,
      };
      assert.throws(() => ecdh.publicKey(secretKey.subarray(1)), shortSecret);
      assert.throws(() => ecdh.sharedSecret(secretKey.subarray(1), publicKey), shortSecret);
      assert.throws(() => ecdh.sharedSecret(secretKey, publicKey.subarray(1)), {
        name: 'RangeError',
        message: `Cannot use ${ecdh.name} public key: found ${pointLength - 1} bytes, ${pointLength} expected`,
      });
    });
  });
}
