import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { kems } from './algorithms.ts';
import { mlKem1024, mlKem768 } from './ml-kem.ts';

for (const kem of [...kems.supported, mlKem768, mlKem1024]) {
  const { name, secretKeyLength, publicKeyLength, ciphertextLength, sharedSecretLength } = kem;
  suite(name, () => {
    const { secretKey, publicKey } = kem.generate();
    const { ciphertext, sharedSecret } = kem.encapsulate(publicKey);

    test('shares a secret with the owner of the key, with the lengths it states', () => {
      assert.deepEqual(kem.decapsulate(secretKey, ciphertext), sharedSecret);
      assert.deepEqual(kem.publicKey(secretKey), publicKey);
      assert.deepEqual(
        [secretKey.length, publicKey.length, ciphertext.length, sharedSecret.length],
        [secretKeyLength, publicKeyLength, ciphertextLength, sharedSecretLength],
      );
    });

    test('gives another secret and ciphertext each time', () => {
      const again = kem.encapsulate(publicKey);
      assert.notDeepEqual(again.sharedSecret, sharedSecret);
      assert.notDeepEqual(again.ciphertext, ciphertext);
    });

    test('gives another secret to another key', () => {
      assert.notDeepEqual(kem.decapsulate(kem.generate().secretKey, ciphertext), sharedSecret);
    });

    test('opens one ciphertext by a key whose secret stays inside', () => {
      const own = kem.ephemeral();
      const sent = kem.encapsulate(own.publicKey);
      assert.throws(
        () => own.decapsulate(sent.ciphertext.subarray(1)),
        refusal('ciphertext', ciphertextLength),
      );
      assert.deepEqual(own.decapsulate(sent.ciphertext), sent.sharedSecret);
    });

    test('leaves its arguments as they are', () => {
      const [key, text] = [secretKey.slice(), ciphertext.slice()];
      kem.decapsulate(key, text);
      assert.deepEqual([key, text], [secretKey, ciphertext]);
    });

    test('refuses keys and ciphertexts of other lengths', () => {
      assert.throws(() => kem.publicKey(secretKey.subarray(1)), refusal('secret key', secretKeyLength));
      assert.throws(() => kem.encapsulate(publicKey.subarray(1)), refusal('public key', publicKeyLength));
      assert.throws(
        () => kem.decapsulate(secretKey.subarray(1), ciphertext),
        refusal('secret key', secretKeyLength),
      );
      assert.throws(
        () => kem.decapsulate(secretKey, ciphertext.subarray(1)),
        refusal('ciphertext', ciphertextLength),
      );
    });

    function refusal(kind: string, expected: number): object {
      return {
        name: 'RangeError',
        message: `Cannot use ${name} ${kind}: found ${expected - 1} bytes, ${expected} expected`,
      };
    }
  });
}
