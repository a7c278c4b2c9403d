import assert from 'node:assert/strict';

import { testVectors } from '../testing/vectors.ts';
import { ecdsaP256 } from './ecdsa.ts';

testVectors('ecdsaP256 judges the signatures of Wycheproof', 'ecdsa-p256.json.gz', (vector) => {
  const verifier = ecdsaP256.verifier(vector.bytes('publicKey'));
  assert.equal(verifier.verify(vector.bytes('message'), vector.bytes('signature')), vector.valid);
});
