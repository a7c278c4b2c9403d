import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError, Writer, utf8 } from '@orrery/bytes';
import { ecdsaP256, ed25519 } from '@orrery/crypto';
import { generatePrivateKey } from './generate-private-key.ts';
import { type Container, printContainer, printPrivateSection, readContainer } from './openssh-container.ts';
import { decryptOpensshKey, encryptOpensshKey, printOpensshKey, readOpensshKey } from './openssh-key.ts';
import { privateKeyOf } from './private-key.ts';

const key = generatePrivateKey('ssh-ed25519', 'comment');
const passphrase = utf8('correct horse');
const clear = readContainer(printOpensshKey(key));
const sealed = readContainer(await encryptOpensshKey(key, passphrase, { rounds: 1 }));

/** What readOpensshKey makes of the container with something changed. */
function read(container: Container, change: Partial<Container>): () => unknown {
  return () => readOpensshKey(printContainer({ ...container, ...change }));
}

function decrypt(change: Partial<Container>): Promise<unknown> {
  return decryptOpensshKey(printContainer({ ...sealed, ...change }), passphrase);
}

test('readOpensshKey refuses a container that says two things at once', () => {
  for (const change of [
    { kdf: 'bcrypt' },
    { tag: new Uint8Array(16) },
    { publicKey: generatePrivateKey('ssh-ed25519', '').publicKey },
    { secret: clear.secret.subarray(0, -8) },
    { secret: new Uint8Array() },
  ]) {
    assert.throws(read(clear, change), FormatError);
  }
  assert.deepEqual(readOpensshKey(printContainer(clear)).secret, key.secret);
});

test('readOpensshKey refuses another check number and another padding', () => {
  for (const position of [0, 7, clear.secret.length - 1]) {
    const secret = clear.secret.slice();
    secret[position] = (secret[position] ?? 0) ^ 0x40;
    assert.throws(read(clear, { secret }), FormatError);
  }
  const longer = Uint8Array.of(...clear.secret, 1, 2, 3, 4, 5, 6, 7, 8);
  assert.throws(read(clear, { secret: longer }), FormatError);
});

test('readOpensshKey refuses ciphers, key derivations and numbers of keys that it does not know', () => {
  const refusal = (found: string): object => ({
    code: 'unsupported',
    message: `Cannot read private key: it is encrypted by "${found}", which is not known`,
  });
  assert.throws(read(sealed, { cipher: '3des-cbc' }), refusal('3des-cbc with bcrypt'));
  assert.throws(read(sealed, { kdf: 'none' }), refusal('aes256-ctr with none'));
  const bytes = printOpensshKey(key);
  const count = 'openssh-key-v1\0'.length + 8 + 8 + 4 + 3;
  assert.equal(bytes[count], 1);
  bytes[count] = 2;
  assert.throws(() => readOpensshKey(bytes), {
    code: 'unsupported',
    message: 'Cannot read private key: the file holds 2 keys, 1 expected',
  });
});

test('readOpensshKey looks at the whole frame before it asks for a passphrase, and runs no bcrypt for a broken one', async () => {
  assert.throws(read(sealed, {}), { code: 'passphrase-needed' });
  assert.throws(read(sealed, { tag: new Uint8Array(16) }), FormatError);
  assert.throws(read(sealed, { secret: sealed.secret.subarray(1) }), FormatError);
  await assert.rejects(decrypt({ kdfOptions: new Uint8Array(3) }), FormatError);
  const noRounds = new Writer().string(new Uint8Array(16)).uint32(0).finish();
  await assert.rejects(decrypt({ kdfOptions: noRounds }), RangeError);
  const noSalt = new Writer().string(new Uint8Array()).uint32(1).finish();
  await assert.rejects(decrypt({ kdfOptions: noSalt }), RangeError);
});

test('encryptOpensshKey takes another salt and printOpensshKey another check number each time', async () => {
  assert.notDeepEqual(
    readContainer(await encryptOpensshKey(key, passphrase, { rounds: 1 })).kdfOptions,
    sealed.kdfOptions,
  );
  assert.notDeepEqual(readContainer(printOpensshKey(key)).secret, clear.secret);
});

test('printPrivateSection pads to the block, and not at all where the block is full', () => {
  for (let length = 0; length < 20; length += 1) {
    const section = printPrivateSection({ ...key, comment: 'x'.repeat(length) }, 16, new Uint8Array(4));
    assert.equal(section.length % 16, 0);
    assert.ok(section.length < 8 + key.secret.length + 4 + length + 16);
  }
});

test('privateKeyOf refuses a secret key beside the public key of another', () => {
  const [first, second] = [ed25519.generate(), ed25519.generate()];
  for (const [own, repeated] of [
    [second.publicKey, second.publicKey],
    [first.publicKey, second.publicKey],
  ] as const) {
    const both = Uint8Array.of(...first.secretKey, ...repeated);
    const bytes = new Writer().text('ssh-ed25519').string(own).string(both).finish();
    assert.throws(() => privateKeyOf(bytes, ''), FormatError);
  }
  const [ours, theirs] = [ecdsaP256.generate(), ecdsaP256.generate()];
  const scalar = (bytes: Uint8Array): Uint8Array =>
    new Writer().text('ecdsa-sha2-nistp256').text('nistp256').string(ours.publicKey).string(bytes).finish();
  const padded = Uint8Array.of(0, ...ours.secretKey);
  assert.deepEqual(privateKeyOf(scalar(padded), '').type, 'ecdsa-sha2-nistp256');
  assert.throws(() => privateKeyOf(scalar(Uint8Array.of(0, ...theirs.secretKey)), ''), FormatError);
  assert.throws(() => privateKeyOf(scalar(new Uint8Array()), ''), RangeError);
  assert.throws(() => privateKeyOf(scalar(Uint8Array.of(1, ...ours.secretKey)), ''), FormatError);
});
