import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { suite, test } from 'node:test';

import { concat, utf8 } from '@orrery/bytes';

import { testVectors } from '../testing/vectors.ts';
import { derInteger, derSequence } from './der.ts';
import { native as browser } from './native.browser.ts';
import { native as node } from './native.node.ts';
import { type RsaHash, type RsaSecretKey, generateRsaKey, rsaSigner, rsaVerifier } from './rsa.ts';
import { wipe } from './secret.ts';

const message = utf8('the quick brown fox');
const key = generate(2048);

testVectors('rsaVerifier judges the signatures of Wycheproof', 'rsa-verify.json.gz', (vector) => {
  const [n, e] = [vector.bytes('n'), vector.bytes('e')];
  const verifier = rsaVerifier({ n, e }, hashOf(vector.text('hash')));
  assert.equal(verifier.verify(vector.bytes('message'), vector.bytes('signature')), vector.valid);
});

testVectors('both platforms judge the signatures of Wycheproof alike', 'rsa-verify.json.gz', (vector) => {
  const [signature, digest] = [vector.bytes('signature'), hashOf(vector.text('hash'))];
  if (signature.length !== Math.ceil(vector.text('n').replace(/^0+/, '').length / 2)) return;
  for (const { rsa } of [node, browser]) {
    const verify = rsa.importPublicKey(vector.bytes('n'), vector.bytes('e'), digest);
    assert.equal(verify(vector.bytes('message'), signature), vector.valid);
  }
});

for (const digest of ['sha256', 'sha512'] as const) {
  suite(`RSA with ${digest}`, () => {
    test('rsaSigner signs so that rsaVerifier verifies, with leading zeros before the numbers or without', async () => {
      const padded: RsaSecretKey = { ...key, n: withZero(key.n), d: withZero(key.d), p: withZero(key.p) };
      const signature = await rsaSigner(key, digest).sign(message);
      assert.deepEqual(await rsaSigner(padded, digest).sign(message), signature);
      for (const { n, e } of [key, padded]) {
        const verifier = rsaVerifier({ n, e }, digest);
        assert.equal(verifier.verify(message, signature), true);
        assert.equal(verifier.verify(utf8('another'), signature), false);
        assert.equal(verifier.verify(message, signature.subarray(1)), false);
        assert.equal(verifier.verify(message, withZero(signature)), false);
        assert.equal(verifier.verify(message, new Uint8Array(256).fill(0xff)), false);
      }
    });

    test('both platforms make the same signature', async () => {
      const pkcs1 = generatedDer();
      const ours = await node.rsa.importSecretKey(pkcs1, digest)(message);
      assert.deepEqual(await browser.rsa.importSecretKey(pkcs1, digest)(message), ours);
    });
  });
}

test('a signature with one hash is none with the other', async () => {
  const signature = await rsaSigner(key, 'sha256').sign(message);
  assert.equal(rsaVerifier(key, 'sha512').verify(message, signature), false);
});

test('rsaSigner keeps the key when the caller wipes the arrays it came from', async () => {
  const own = {
    n: key.n.slice(),
    e: key.e.slice(),
    d: key.d.slice(),
    p: key.p.slice(),
    q: key.q.slice(),
    inverse: key.inverse.slice(),
  };
  const signer = rsaSigner(own, 'sha256');
  wipe(...Object.values(own));
  assert.equal(rsaVerifier(key, 'sha256').verify(message, await signer.sign(message)), true);
});

test('rsaVerifier and rsaSigner refuse keys that are too short or too long', () => {
  const short = generate(1024);
  const refusal = {
    name: 'RangeError',
    message: 'Cannot use RSA key of 1024 bits: 2048 to 16384 expected',
  };
  assert.throws(() => rsaVerifier(short, 'sha256'), refusal);
  assert.throws(() => rsaSigner(short, 'sha256'), refusal);
  const long = { n: new Uint8Array(2049).fill(0xff), e: key.e };
  assert.throws(() => rsaVerifier(long, 'sha256'), {
    message: 'Cannot use RSA key of 16392 bits: 2048 to 16384 expected',
  });
  assert.throws(() => rsaVerifier({ n: new Uint8Array(), e: key.e }, 'sha256'), RangeError);
});

test('rsaVerifier refuses a modulus that is even and exponents that are even, 1, 0 or long', () => {
  const even = key.n.slice();
  even[even.length - 1] = 0;
  assert.throws(() => rsaVerifier({ n: even, e: key.e }, 'sha256'), {
    name: 'RangeError',
    message: 'Cannot use RSA key: its modulus is even',
  });
  for (const e of ['', '00', '01', '02', '010000', '010000000000000001']) {
    assert.throws(() => rsaVerifier({ n: key.n, e: Uint8Array.fromHex(e) }, 'sha256'), {
      name: 'RangeError',
      message: 'Cannot use RSA key: its exponent is not odd, from 3 to 64 bits long',
    });
  }
});

test('rsaSigner refuses a key of which one number is wrong', () => {
  for (const name of ['n', 'd', 'p', 'q', 'inverse'] as const) {
    const wrong = key[name].slice();
    wrong[20] = (wrong[20] ?? 0) ^ 1;
    assert.throws(() => rsaSigner({ ...key, [name]: wrong }, 'sha256'), {
      name: 'RangeError',
      message: 'Cannot use RSA secret key: its numbers do not belong together',
    });
  }
  assert.throws(() => rsaSigner({ ...key, p: Uint8Array.of(1), q: key.n }, 'sha256'), RangeError);
});

for (const [platform, { rsa }] of Object.entries({ node, browser })) {
  test(`${platform} makes an RSA key of the size asked for, whose signatures verify`, async () => {
    const pkcs1 = await rsa.generate(2048);
    const made = createPrivateKey({ key: Buffer.from(pkcs1), format: 'der', type: 'pkcs1' });
    assert.deepEqual(made.asymmetricKeyDetails, { modulusLength: 2048, publicExponent: 65_537n });
    const { n, e } = made.export({ format: 'jwk' });
    const signature = await rsa.importSecretKey(pkcs1, 'sha256')(message);
    assert.equal(rsaVerifier({ n: decode(n), e: decode(e) }, 'sha256').verify(message, signature), true);
  });
}

test('generateRsaKey makes no key of a size that rsaSigner refuses', async () => {
  await assert.rejects(generateRsaKey(2047), {
    name: 'RangeError',
    message: 'Cannot make RSA key of 2047 bits: 2048 to 16384 expected',
  });
  await assert.rejects(generateRsaKey(16_385), RangeError);
});

test('DER integers are minimal and never negative, and lengths take as many bytes as they need', () => {
  const numbers = ['', '00', '007f', '80', '000100'].map((hex) =>
    derInteger(Uint8Array.fromHex(hex)).toHex(),
  );
  assert.deepEqual(numbers, ['020100', '020100', '02017f', '02020080', '02020100']);
  assert.equal(derSequence(new Uint8Array(127)).subarray(0, 2).toHex(), '307f');
  assert.equal(derSequence(new Uint8Array(128)).subarray(0, 3).toHex(), '308180');
  assert.equal(derSequence(new Uint8Array(65_536)).subarray(0, 5).toHex(), '3083010000');
});

function generate(bits: number): RsaSecretKey {
  const { n, e, d, p, q, qi } = generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({
    format: 'jwk',
  });
  const [first, second, third] = [n, e, d].map(decode);
  const [fourth, fifth, sixth] = [p, q, qi].map(decode);
  assert.ok(first && second && third && fourth && fifth && sixth);
  return { n: first, e: second, d: third, p: fourth, q: fifth, inverse: sixth };
}

function generatedDer(): Uint8Array {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs1' }));
}

function decode(text: string | undefined): Uint8Array {
  assert.ok(text !== undefined);
  return Uint8Array.fromBase64(text, { alphabet: 'base64url' });
}

function hashOf(name: string): RsaHash {
  assert.ok(name === 'sha256' || name === 'sha512');
  return name;
}

function withZero(bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(0), bytes);
}
