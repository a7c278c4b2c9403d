import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ml_kem1024, ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { concat } from '@orrery/bytes';

import { testVectors } from '../testing/vectors.ts';
import { aes256Gcm } from './aes-gcm.ts';
import { sha256 } from './hash.ts';
import { mlKem1024, mlKem768 } from './ml-kem.ts';

/** The seed of the known answers: 32, 33, 34, ... */
const seed = Uint8Array.from({ length: 64 }, (_, index) => 32 + index);

const sets = [
  { kem: mlKem768, other: ml_kem768, file: 'ml-kem-768' },
  { kem: mlKem1024, other: ml_kem1024, file: 'ml-kem-1024' },
];

for (const { kem, other, file } of sets) {
  testVectors(`${kem.name} gives the public keys of ACVP`, `${file}-keygen.json.gz`, (vector) => {
    assert.deepEqual(kem.publicKey(vector.bytes('secretKey')), vector.bytes('publicKey'));
  });

  testVectors(`${kem.name} decapsulates the cases of Wycheproof`, `${file}-decapsulate.json.gz`, (vector) => {
    const [secretKey, ciphertext] = [vector.bytes('secretKey'), vector.bytes('ciphertext')];
    if (vector.valid) assert.deepEqual(kem.decapsulate(secretKey, ciphertext), vector.bytes('sharedSecret'));
    else assert.throws(() => kem.decapsulate(secretKey, ciphertext), RangeError);
  });

  // OpenSSL takes no random bytes from outside, so known encapsulations are made with noble.
  testVectors(
    `${kem.name} takes the public keys of Wycheproof or refuses them`,
    `${file}-encapsulate.json.gz`,
    (vector) => {
      const publicKey = vector.bytes('publicKey');
      if (!vector.valid) {
        assert.throws(() => kem.encapsulate(publicKey), RangeError);
        return;
      }
      assert.equal(kem.encapsulate(publicKey).ciphertext.length, kem.ciphertextLength);
      assert.deepEqual(other.encapsulate(publicKey, vector.bytes('random')), {
        cipherText: vector.bytes('ciphertext'),
        sharedSecret: vector.bytes('sharedSecret'),
      });
    },
  );

  test(`${kem.name} refuses a public key with one coefficient of the modulus or more, wherever it is`, () => {
    const publicKey = kem.publicKey(seed);
    for (const index of [0, 381, kem.publicKeyLength - 35]) {
      for (const position of [0, 1]) {
        const bad = publicKey.slice();
        setCoefficient(bad, index, position, 3329);
        assert.throws(() => kem.encapsulate(bad), {
          name: 'RangeError',
          message: `Cannot use ${kem.name} public key: found a coefficient above the modulus`,
        });
        setCoefficient(bad, index, position, 3328);
        assert.equal(kem.encapsulate(bad).sharedSecret.length, 32);
      }
    }
  });
}

test('mlKem768 gives the known key, secret and wrapped key of ssh-sync', () => {
  const publicKey = mlKem768.publicKey(seed);
  assert.equal(sha256(publicKey).toHex(), '2b84ca051e50f7bc2608a028204c278df7bd8e395e6266985df5f22e3a64bd1a');
  const random = Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index);
  const { cipherText } = ml_kem768.encapsulate(publicKey, random);
  assert.equal(
    sha256(cipherText).toHex(),
    '63619b760001d4595b93ba8eb462a6396a761d6490fdc638eb1f24ca43e37587',
  );
  const sharedSecret = mlKem768.decapsulate(seed, cipherText);
  assert.equal(sharedSecret.toHex(), 'dac2e887b685b29e0ab71d435f910a98e85dd5a80aba872576c802cfa5a0d16f');
  const nonce = Uint8Array.from({ length: 12 }, (_, index) => index);
  const wrapped = aes256Gcm.seal(sharedSecret, nonce, new Uint8Array(32).fill(0x42), new Uint8Array());
  assert.equal(
    sha256(concat(cipherText, nonce, wrapped)).toHex(),
    'e491006700c29dd5caca182910c6a410774debc574c80352c37450c36d735021',
  );
});

/** Two coefficients of 12 bits stand in the three bytes from `index` on. */
function setCoefficient(key: Uint8Array, index: number, position: number, value: number): void {
  const low = position === 0 ? [value & 0xff, ((key[index + 1] ?? 0) & 0xf0) | (value >> 8)] : undefined;
  const high = [((key[index + 1] ?? 0) & 0x0f) | ((value & 0x0f) << 4), value >> 4];
  key.set(low ?? high, index + position);
}
