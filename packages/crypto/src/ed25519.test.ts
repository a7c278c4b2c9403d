import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ed25519 as nobleEd25519 } from '@noble/curves/ed25519.js';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';

import { testVectors } from '../testing/vectors.ts';
import { ed25519 } from './ed25519.ts';

testVectors('ed25519 signs as RFC 8032, section 7.1', 'ed25519-sign.json', async (vector) => {
  const [secretKey, publicKey] = [vector.bytes('secretKey'), vector.bytes('publicKey')];
  const [message, signature] = [vector.bytes('message'), vector.bytes('signature')];
  assert.deepEqual(ed25519.publicKey(secretKey), publicKey);
  assert.deepEqual(await ed25519.signer(secretKey).sign(message), signature);
  assert.equal(ed25519.verifier(publicKey).verify(message, signature), true);
});

testVectors('ed25519 judges the signatures of Wycheproof', 'ed25519-verify.json.gz', (vector) => {
  const verifier = ed25519.verifier(vector.bytes('publicKey'));
  assert.equal(verifier.verify(vector.bytes('message'), vector.bytes('signature')), vector.valid);
});

testVectors(
  'ed25519 refuses keys of small order and checks keys of mixed order without the cofactor',
  'ed25519-torsion.json.gz',
  (vector) => {
    const publicKey = vector.bytes('publicKey');
    if (vector.valid) {
      const verifier = ed25519.verifier(publicKey);
      assert.equal(verifier.verify(vector.bytes('message'), vector.bytes('signature')), true);
    } else {
      assertNoPoint(publicKey);
    }
  },
);

test('ed25519 refuses a signature for which only the equation with the cofactor holds', () => {
  // Made with a nonce point R plus a point of order 8: platforms that differ here would disagree about history.
  const publicKey = Uint8Array.fromHex('79208dc95abf46479a94c4a83e02acad826436cd0c25108bd8352fcb7363fa60');
  const signature = Uint8Array.fromHex(
    '765f989a8084195ecbeef328cfeebf358ce7fbc5f270d14ffd47828105049ab8' +
      '73251a0657702ecbba236c582863eaa16653a83ddeb64979c312716fdb54970e',
  );
  assert.equal(nobleEd25519.verify(signature, utf8('orrery'), publicKey), true, 'the control');
  assert.equal(ed25519.verifier(publicKey).verify(utf8('orrery'), signature), false);
});

test('ed25519.verifier refuses what is not a canonical point of the group', () => {
  for (const publicKey of [
    '0200000000000000000000000000000000000000000000000000000000000000', // not on the curve
    '0100000000000000000000000000000000000000000000000000000000000080', // identity, sign bit set
    'f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // 3 + P
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // identity, not canonical
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  ]) {
    assertNoPoint(Uint8Array.fromHex(publicKey));
  }
  assert.equal(ed25519.verifier(fromY(3)).algorithm, 'Ed25519'); // 3 itself is the y of a point
});

test('ed25519.verifier accepts exactly the keys that noble can decode strictly', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (publicKey) => {
      const isPoint = nobleEd25519.utils.isValidPublicKey(publicKey, false);
      if (isPoint) assert.equal(ed25519.verifier(publicKey).algorithm, 'Ed25519');
      else assertNoPoint(publicKey);
    }),
  );
});

function fromY(y: number): Uint8Array {
  const publicKey = new Uint8Array(32);
  publicKey[0] = y;
  return publicKey;
}

function assertNoPoint(publicKey: Uint8Array): void {
  assert.throws(() => ed25519.verifier(publicKey), {
    name: 'RangeError',
    message: 'Cannot use Ed25519 public key: not a point of the group',
  });
}
