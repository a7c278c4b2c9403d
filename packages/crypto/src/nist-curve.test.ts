import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { dhKemP256 } from './dhkem.ts';
import { ecdhP256, ecdhP384, ecdhP521 } from './ecdh.ts';
import { ecdsaP256, ecdsaP384, ecdsaP521 } from './ecdsa.ts';
import { checkPoint, checkScalar, p256, p384, p521, randomScalar } from './nist-curve.ts';

/** The order N of each group, and the y of the point with x = 0. */
const curves = [
  {
    curve: p256,
    ecdsa: ecdsaP256,
    ecdh: ecdhP256,
    order: 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
    yOf0: '66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4',
  },
  {
    curve: p384,
    ecdsa: ecdsaP384,
    ecdh: ecdhP384,
    order: 'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
    yOf0: undefined,
  },
  {
    curve: p521,
    ecdsa: ecdsaP521,
    ecdh: ecdhP521,
    order:
      '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
    yOf0: undefined,
  },
];

for (const { curve, ecdsa, ecdh, order, yOf0 } of curves) {
  suite(curve.name, () => {
    const digits = order.length;
    const { publicKey } = ecdsa.generate();

    test('checkScalar accepts 1 to the order minus 1, and so do signers and Diffie-Hellman', () => {
      for (const good of ['01'.padStart(digits, '0'), changedEnd(order, -1), '0080'.padEnd(digits, '0')]) {
        checkScalar(curve, Uint8Array.fromHex(good));
        assert.deepEqual(ecdsa.publicKey(Uint8Array.fromHex(good)), ecdh.publicKey(Uint8Array.fromHex(good)));
      }
      for (const bad of ['00'.repeat(digits / 2), order, 'ff'.repeat(digits / 2), changedEnd(order, 1)]) {
        const scalar = Uint8Array.fromHex(bad);
        const refusal = {
          name: 'RangeError',
          message: `Cannot use ${curve.name} secret key: not from 1 to the order of the group`,
        };
        assert.throws(() => checkScalar(curve, scalar), refusal);
        assert.throws(() => ecdsa.signer(scalar), refusal);
        assert.throws(() => ecdh.publicKey(scalar), refusal);
        assert.throws(() => ecdh.sharedSecret(scalar, publicKey), refusal);
      }
    });

    test('randomScalar gives scalars that are in range', () => {
      for (let count = 0; count < 200; count += 1) checkScalar(curve, randomScalar(curve));
    });

    test('checkPoint accepts only uncompressed points on the curve, and so do verifiers and Diffie-Hellman', () => {
      const last = curve.pointLength - 1;
      const parity = (publicKey[last] ?? 0) & 1;
      checkPoint(curve, publicKey);
      for (const bad of [
        changed(publicKey, last, 1), // not on the curve
        changed(publicKey, 2, 0x80),
        changed(publicKey, 0, 4 ^ (6 | parity)), // hybrid form of SEC 1
        changed(publicKey, 0, 4), // says infinity
        new Uint8Array(curve.pointLength),
      ]) {
        const refusal = {
          name: 'RangeError',
          message: `Cannot use ${curve.name} public key: not an uncompressed point on the curve`,
        };
        assert.throws(() => checkPoint(curve, bad), refusal);
        assert.throws(() => ecdsa.verifier(bad), refusal);
        assert.throws(() => ecdh.sharedSecret(ecdh.generate().secretKey, bad), refusal);
      }
    });

    if (yOf0 !== undefined) {
      test('checkPoint accepts the point with x = 0, but not with an x that is not reduced', () => {
        checkPoint(curve, Uint8Array.fromHex(`04${'00'.repeat(digits / 2)}${yOf0}`));
        const prime = curve.P.toString(16);
        assert.throws(() => checkPoint(curve, Uint8Array.fromHex(`04${prime}${yOf0}`)), RangeError);
      });
    }
  });
}

test('dhKemP256 refuses what is no scalar and no point', () => {
  const notOnCurve = changed(dhKemP256.generate().publicKey, 64, 1);
  assert.throws(() => dhKemP256.publicKey(new Uint8Array(32)), RangeError);
  assert.throws(() => dhKemP256.encapsulate(notOnCurve), RangeError);
  assert.throws(() => dhKemP256.decapsulate(dhKemP256.generate().secretKey, notOnCurve), RangeError);
});

function changed(bytes: Uint8Array, index: number, mask: number): Uint8Array {
  const copy = bytes.slice();
  copy[index] = (copy[index] ?? 0) ^ mask;
  return copy;
}

/** A number in hex with something added that gives no carry beyond its last two digits. */
function changedEnd(hex: string, by: number): string {
  return hex.slice(0, -2) + (Number.parseInt(hex.slice(-2), 16) + by).toString(16).padStart(2, '0');
}
