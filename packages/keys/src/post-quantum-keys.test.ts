import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { suite, test } from 'node:test';
import { Reader, Writer, utf8 } from '@orrery/bytes';
import { derInteger, derSequence, derValue, slhDsaSets } from '@orrery/crypto';
import { claimsOf } from '../testing/claims.ts';
import { enableFalcon } from './falcon.ts';
import { generatePrivateKey } from './generate-private-key.ts';
import {
  decryptPrivateKey,
  encryptPrivateKey,
  formatPrivateKey,
  parsePrivateKey,
} from './private-key-file.ts';
import { formatPemPrivateKey } from './private-key-pem.ts';
import { rawPrivateKey } from './private-key.ts';
import { parsePublicKeyPem, printPublicKeyPem } from './public-key-pem.ts';
import { parsePublicKeyBlob } from './public-key.ts';
import { signCertificate } from './sign-certificate.ts';
import { verifyCertificate } from './verify-certificate.ts';
import {
  experimentalSignatureNames,
  optionalSignatureNames,
  publicKeyProblem,
  signatureNames,
  signatureNamesOf,
  verifySignature,
} from './signature.ts';

const message = utf8('hello');
const passphrase = utf8('correct horse');

/** Type, a key that OpenSSL makes, and the lengths of public and secret keys and signatures, in bytes. */
const types = [
  ['ssh-mldsa-44', () => generateKeyPairSync('ml-dsa-44'), 1312, 32, 2420, 128],
  ['ssh-mldsa-65', () => generateKeyPairSync('ml-dsa-65'), 1952, 32, 3309, 192],
  ['ssh-mldsa-87', () => generateKeyPairSync('ml-dsa-87'), 2592, 32, 4627, 256],
  ['ssh-slh-dsa-sha2-128s', () => generateKeyPairSync('slh-dsa-sha2-128s'), 32, 64, 7856, 128],
  ['ssh-slh-dsa-sha2-128f', () => generateKeyPairSync('slh-dsa-sha2-128f'), 32, 64, 17_088, 128],
  ['ssh-slh-dsa-sha2-256s', () => generateKeyPairSync('slh-dsa-sha2-256s'), 64, 128, 29_792, 256],
  ['ssh-slh-dsa-sha2-256f', () => generateKeyPairSync('slh-dsa-sha2-256f'), 64, 128, 49_856, 256],
  ['ssh-slh-dsa-shake-128s', () => generateKeyPairSync('slh-dsa-shake-128s'), 32, 64, 7856, 128],
  ['ssh-slh-dsa-shake-128f', () => generateKeyPairSync('slh-dsa-shake-128f'), 32, 64, 17_088, 128],
  ['ssh-slh-dsa-shake-256s', () => generateKeyPairSync('slh-dsa-shake-256s'), 64, 128, 29_792, 256],
  ['ssh-slh-dsa-shake-256f', () => generateKeyPairSync('slh-dsa-shake-256f'), 64, 128, 49_856, 256],
] as const;
/** Those that take up to seconds where noble signs: crypto has tests of them. */
const slow = /shake|256f|s$/;

for (const [type, make, publicLength, secretLength, signatureLength, bits] of types) {
  suite(type, () => {
    // OpenSSL makes the key, in either variant.
    const { privateKey: made, publicKey } = make();
    const key = parsePrivateKey(utf8(made.export({ format: 'pem', type: 'pkcs8' })));

    test('the blob of the public key is the type and the raw key', () => {
      const raw = publicKey.export({ format: 'raw-public' });
      assert.equal(raw.length, publicLength);
      assert.deepEqual(key.publicKey, new Writer().text(type).string(raw).finish());
      const parsed = parsePublicKeyBlob(key.publicKey);
      assert.deepEqual([parsed.type, parsed.bits], [type, bits]);
      assert.equal(publicKeyProblem(key.publicKey), undefined);
    });

    test('files of OpenSSH have the raw public and secret key, in clear and encrypted', async () => {
      const fields = new Reader(key.secret);
      assert.equal(fields.text(64), type);
      assert.deepEqual(
        [fields.string(4096).length, fields.string(4096).length],
        [publicLength, secretLength],
      );
      fields.end();
      const again = parsePrivateKey(formatPrivateKey({ ...key, comment: 'alice' }));
      assert.deepEqual([again.type, again.secret, again.comment], [type, key.secret, 'alice']);
      const sealed = await encryptPrivateKey(key, passphrase, { rounds: 1 });
      assert.deepEqual((await decryptPrivateKey(sealed, passphrase)).secret, key.secret);
    });

    test('OpenSSL reads what is written as PKCS#8 and as SubjectPublicKeyInfo', () => {
      const file = formatPemPrivateKey(key, 'pkcs8');
      assert.deepEqual(parsePrivateKey(file).secret, key.secret);
      const read = createPublicKey(createPrivateKey(Buffer.from(file)));
      const spki = publicKey.export({ format: 'pem', type: 'spki' });
      assert.equal(read.export({ format: 'pem', type: 'spki' }), spki);
      assert.equal(printPublicKeyPem({ blob: key.publicKey }, 'pkcs8'), spki);
      assert.deepEqual(parsePublicKeyPem(spki).blob, key.publicKey);
    });

    test('the signature is taken under the name of the type alone, where it is named', async () => {
      assert.deepEqual(signatureNamesOf(type), [type]);
      assert.equal(signatureNames.includes(type), false);
      assert.equal(optionalSignatureNames.includes(type), true);
      if (slow.test(type)) return;
      const signature = await key.signer().sign(message, type);
      const fields = new Reader(signature);
      assert.equal(fields.text(64), type);
      assert.equal(fields.string(65_536).length, signatureLength);
      fields.end();
      assert.equal(verifySignature(key.publicKey, type, message, signature), true);
      assert.equal(verifySignature(key.publicKey, type, utf8('another'), signature), false);
      assert.equal(verifySignature(key.publicKey, 'ssh-ed25519', message, signature), false);
      assert.equal(verifySignature(key.publicKey, type, message, Uint8Array.of(...signature, 0)), false);
    });
  });
}

test('parsePrivateKey reads ML-DSA in PKCS#8 with the seed beside the expanded key, of which the seed counts', () => {
  const seed = new Uint8Array(32).fill(7);
  const octets = (bytes: Uint8Array): Uint8Array => derValue(0x04, bytes);
  const identifier = derSequence(derValue(0x06, Uint8Array.fromHex('608648016503040311')));
  const file = (key: Uint8Array): Uint8Array =>
    utf8(
      `-----BEGIN PRIVATE KEY-----\n${derSequence(derInteger(Uint8Array.of(0)), identifier, octets(key)).toBase64()}\n-----END PRIVATE KEY-----\n`,
    );
  const both = derSequence(octets(seed), octets(new Uint8Array(2560)));
  const expected = rawPrivateKey('ssh-mldsa-44', seed, '').secret;
  assert.deepEqual(parsePrivateKey(file(both)).secret, expected);
  assert.deepEqual(parsePrivateKey(file(derValue(0x80, seed))).secret, expected);
  for (const bad of [
    octets(new Uint8Array(2560)),
    derSequence(octets(seed)),
    derValue(0x80, seed.subarray(1)),
    new Uint8Array(),
  ])
    assert.throws(() => parsePrivateKey(file(bad)), { code: 'damaged' });
});

test('generatePrivateKey makes a key of each type', async () => {
  for (const type of ['ssh-mldsa-87', 'ssh-slh-dsa-sha2-128f']) {
    const key = generatePrivateKey(type, 'alice');
    assert.deepEqual(parsePrivateKey(formatPrivateKey(key)).secret, key.secret);
    assert.equal((await generatePrivateKey(type, 'alice', {})).type, type);
  }
});

test('a CA with the longest signatures certifies a key, and counts only where it is named', async () => {
  const type = 'ssh-slh-dsa-sha2-256f';
  const claims = claimsOf(generatePrivateKey('ssh-ed25519', '').publicKey);
  const certificate = await signCertificate(claims, generatePrivateKey(type, '').signer());
  assert.equal(verifyCertificate(certificate, [type]), true);
  assert.equal(verifyCertificate(certificate, signatureNames), false);
});

test('ML-DSA and SLH-DSA alone have no certificates of their own', async () => {
  const claims = claimsOf(generatePrivateKey('ssh-mldsa-65', '').publicKey);
  const signer = generatePrivateKey('ssh-ed25519', '').signer();
  await assert.rejects(signCertificate(claims, signer), {
    name: 'RangeError',
    message: 'Cannot sign certificate: there is none for keys of type "ssh-mldsa-65"',
  });
});

test('the sets of SLH-DSA that have names in SSH are all known', () => {
  assert.deepEqual(
    types.map(([type]) => type).filter((type) => type.startsWith('ssh-slh-dsa-')),
    slhDsaSets.map((set) => `ssh-slh-dsa-${set}`),
  );
});

test('Falcon is known only after enableFalcon, and then in no list but its own', async () => {
  const publicKey = (type: string, length: number): Uint8Array =>
    new Writer().text(type).string(new Uint8Array(length)).finish();
  const before = [
    ['ssh-falcon512', 897],
    ['ssh-falcon1024', 1793],
  ] as const;
  for (const [type, length] of before) {
    assert.equal(parsePublicKeyBlob(publicKey(type, length)).type, type);
    assert.throws(() => parsePublicKeyBlob(publicKey(type, length - 1)), { name: 'FormatError' });
    assert.throws(() => generatePrivateKey(type, ''), RangeError);
    assert.deepEqual(signatureNamesOf(type), []);
    assert.equal(
      publicKeyProblem(publicKey(type, length)),
      `Cannot use key of type "${type}": no signature of it is known and safe`,
    );
  }
  await enableFalcon();
  for (const [type] of before) {
    const key = generatePrivateKey(type, 'alice');
    const again = parsePrivateKey(formatPrivateKey(key));
    assert.deepEqual([again.secret, again.comment], [key.secret, 'alice']);
    const signature = await again.signer().sign(message, type);
    assert.equal(verifySignature(key.publicKey, type, message, signature), true);
    assert.equal(verifySignature(key.publicKey, type, utf8('another'), signature), false);
    assert.deepEqual(signatureNamesOf(type), [type]);
    assert.equal([...signatureNames, ...optionalSignatureNames].includes(type), false);
    assert.equal(experimentalSignatureNames.includes(type), true);
  }
});
