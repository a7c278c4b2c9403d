import assert from 'node:assert/strict';

import { testVectors } from '../testing/vectors.ts';
import { ecdsaP256, ecdsaP384, ecdsaP521 } from './ecdsa.ts';

const files = [
  { algorithm: ecdsaP256, file: 'ecdsa-p256.json.gz' },
  { algorithm: ecdsaP384, file: 'ecdsa-p384.json.gz' },
  { algorithm: ecdsaP521, file: 'ecdsa-p521.json.gz' },
];

for (const { algorithm, file } of files) {
  testVectors(`${algorithm.name} judges the signatures of Wycheproof`, file, (vector) => {
    const verifier = algorithm.verifier(vector.bytes('publicKey'));
    assert.equal(verifier.verify(vector.bytes('message'), vector.bytes('signature')), vector.valid);
  });
}
