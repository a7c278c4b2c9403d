import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dhKemP256 } from './dhkem.ts';
import { ecdsaP256 } from './ecdsa.ts';
import { checkPoint, checkScalar } from './p256.ts';

const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
const ORDER_MINUS_1 = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550';
const PRIME = 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff';
const Y_OF_0 = '66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4';
const { publicKey } = ecdsaP256.generate();

test('checkScalar accepts 1 to the order minus 1, and so do signers and key encapsulation', () => {
  for (const good of ['01'.padStart(64, '0'), ORDER_MINUS_1, '80'.padEnd(64, '0')]) {
    checkScalar(Uint8Array.fromHex(good));
    assert.deepEqual(
      ecdsaP256.publicKey(Uint8Array.fromHex(good)),
      dhKemP256.publicKey(Uint8Array.fromHex(good)),
    );
  }
  for (const bad of ['00'.repeat(32), ORDER, 'ff'.repeat(32), `${ORDER.slice(0, -1)}2`]) {
    const scalar = Uint8Array.fromHex(bad);
    const refusal = {
      name: 'RangeError',
      message: 'Cannot use P-256 secret key: not from 1 to the order of the group',
    };
    assert.throws(() => checkScalar(scalar), refusal);
    assert.throws(() => ecdsaP256.signer(scalar), refusal);
    assert.throws(() => dhKemP256.publicKey(scalar), refusal);
    assert.throws(() => dhKemP256.decapsulate(scalar, publicKey), refusal);
  }
});

test('checkPoint accepts only uncompressed points on the curve, and so do verifiers and key encapsulation', () => {
  const parity = (publicKey[64] ?? 0) & 1;
  checkPoint(publicKey);
  checkPoint(Uint8Array.fromHex(`04${'00'.repeat(32)}${Y_OF_0}`));
  for (const bad of [
    changed(publicKey, 64, 1), // not on the curve
    changed(publicKey, 1, 0x80),
    changed(publicKey, 0, 4 ^ (6 | parity)), // hybrid form of SEC 1
    changed(publicKey, 0, 4), // says infinity
    new Uint8Array(65),
    Uint8Array.fromHex(`04${PRIME}${Y_OF_0}`), // the point with x = 0, not reduced
  ]) {
    const refusal = {
      name: 'RangeError',
      message: 'Cannot use P-256 public key: not an uncompressed point on the curve',
    };
    assert.throws(() => checkPoint(bad), refusal);
    assert.throws(() => ecdsaP256.verifier(bad), refusal);
    assert.throws(() => dhKemP256.encapsulate(bad), refusal);
    assert.throws(() => dhKemP256.decapsulate(dhKemP256.generate().secretKey, bad), refusal);
  }
});

function changed(bytes: Uint8Array, index: number, mask: number): Uint8Array {
  const copy = bytes.slice();
  copy[index] = (copy[index] ?? 0) ^ mask;
  return copy;
}
