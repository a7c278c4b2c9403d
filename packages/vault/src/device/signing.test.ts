import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, decode, encode, FormatError, utf8 } from '@orrery/bytes';
import { ecdsaP256, ed25519, mlDsa65 } from '@orrery/crypto';
import { laptop, oldBox, phone } from '../../testing/scenes.ts';
import { signaturesCodec, signLabelled, verifyLabelled } from './signing.ts';

const message = utf8('message');
/** What the signatures of the label "label" are over. */
const labelled = Uint8Array.fromHex('000000056c6162656c000000076d657373616765');

test('signLabelled signs label and message with every key of the device', async () => {
  const [first, second] = await signLabelled(laptop.signers, 'label', message);
  const [mlDsaKey, ed25519Key] = laptop.keys.signing;
  assert.ok(first && second && mlDsaKey && ed25519Key);
  assert.equal(mlDsa65.verifier(mlDsaKey).verify(labelled, first), true);
  assert.equal(ed25519.verifier(ed25519Key).verify(labelled, second), true);
  const [only, ...more] = await signLabelled(oldBox.signers, 'label', message);
  const [ecdsaKey] = oldBox.keys.signing;
  assert.ok(only && ecdsaKey);
  assert.equal(ecdsaP256.verifier(ecdsaKey).verify(labelled, only), true);
  assert.deepEqual(more, []);
});

test('verifyLabelled accepts the signatures of both suites', async () => {
  for (const device of [laptop, oldBox]) {
    const signatures = await signLabelled(device.signers, 'label', message);
    assert.equal(verifyLabelled(device.keys, 'label', message, signatures), true);
  }
});

test('verifyLabelled refuses another label, message, device, order or number of signatures', async () => {
  const right = await signLabelled(laptop.signers, 'label', message);
  const [first = message, second = message] = right;
  const other = await signLabelled(phone.signers, 'label', message);
  const { keys } = laptop;
  assert.equal(verifyLabelled(keys, 'labem', message, right), false);
  assert.equal(verifyLabelled(keys, 'labe', concat(utf8('l'), message), right), false);
  assert.equal(verifyLabelled(keys, 'label', utf8('massage'), right), false);
  assert.equal(verifyLabelled(phone.keys, 'label', message, right), false);
  const bad = [
    [],
    [first],
    [second],
    [second, first],
    [first, second, second],
    [first, other[1] ?? second],
    [other[0] ?? first, second],
  ];
  for (const signatures of bad) assert.equal(verifyLabelled(keys, 'label', message, signatures), false);
});

test('verifyLabelled refuses a signature over the message without its label', async () => {
  const bare = await Promise.all(laptop.signers.map((signer) => signer.sign(message)));
  assert.equal(verifyLabelled(laptop.keys, 'label', message, bare), false);
  assert.equal(verifyLabelled(laptop.keys, '', message, bare), false);
});

test('signaturesCodec holds two signatures of at most 4,096 bytes', () => {
  const two = [new Uint8Array(4096), new Uint8Array(1)];
  assert.deepEqual(decode(signaturesCodec, encode(signaturesCodec, two)), two);
  assert.throws(() => encode(signaturesCodec, [...two, new Uint8Array()]), RangeError);
  assert.throws(() => decode(signaturesCodec, Uint8Array.fromHex('00000003')), FormatError);
  assert.throws(() => decode(signaturesCodec, Uint8Array.fromHex('0000000100001001')), FormatError);
});
