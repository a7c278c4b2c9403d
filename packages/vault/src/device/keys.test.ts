import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { decode, encode, FormatError, UnknownKindError } from '@orrery/bytes';
import fc from 'fast-check';
import { deviceNamed } from '../../testing/account.ts';
import { laptop, oldBox, phone } from '../../testing/scenes.ts';
import {
  checkKeys,
  deviceId,
  deviceKeysCodec,
  fingerprint,
  suiteOf,
  verifiersOf,
  type DeviceKeys,
} from './keys.ts';
import { classicSuite, hybridSuite } from './suite.ts';

const unknown = { suite: 'p521', signing: [], kem: new Uint8Array() };

test('deviceId is the SHA-256 of the label and the keys', () => {
  const keys = { suite: 'p256', signing: [Uint8Array.of(1, 2)], kem: Uint8Array.of(3) };
  const bytes = [
    '0000001a6f72726572792f7661756c742f312f6465766963652d6b657973',
    '0000000470323536',
    '00000001000000020102',
    '0000000103',
  ].join('');
  const id = '50d64897d68655c79f13c75d1455f0afcd2025d7072317ba16e6d50ede24dbf0';
  assert.equal(createHash('sha256').update(Uint8Array.fromHex(bytes)).digest('hex'), id);
  assert.equal(deviceId(keys).toHex(), id);
});

test('deviceId differs for the same bytes cut into other keys', () => {
  const ids = [
    { suite: 'p256', signing: [Uint8Array.of(1, 2)], kem: Uint8Array.of(3) },
    { suite: 'p256', signing: [Uint8Array.of(1)], kem: Uint8Array.of(2, 3) },
    { suite: 'p256', signing: [Uint8Array.of(1), Uint8Array.of(2)], kem: Uint8Array.of(3) },
    { suite: 'p25', signing: [Uint8Array.of(1, 2)], kem: Uint8Array.of(3) },
  ].map((keys) => deviceId(keys).toHex());
  assert.equal(new Set(ids).size, 4);
});

test('fingerprint is spelled as OpenSSH spells it', () => {
  assert.equal(fingerprint(new Uint8Array(32)), 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
  assert.equal(
    fingerprint(new Uint8Array(32).fill(255)),
    'SHA256://////////////////////////////////////////8',
  );
});

test('suiteOf finds the suite of the keys, and asks for an upgrade where it knows none', () => {
  assert.equal(suiteOf(laptop.keys), hybridSuite);
  assert.equal(suiteOf(oldBox.keys), classicSuite);
  assert.throws(() => suiteOf(unknown), UnknownKindError);
  assert.throws(() => verifiersOf(unknown), UnknownKindError);
});

test('verifiersOf gives one verifier for each algorithm of the suite', () => {
  assert.deepEqual(
    verifiersOf(laptop.keys).map(({ algorithm }) => algorithm),
    ['ML-DSA-65', 'Ed25519'],
  );
  assert.deepEqual(
    verifiersOf(oldBox.keys).map(({ algorithm }) => algorithm),
    ['ECDSA-P256-SHA256'],
  );
});

test('checkKeys accepts the keys of every suite', () => {
  for (const { keys } of [laptop, phone, oldBox, deviceNamed('other old box', classicSuite)]) checkKeys(keys);
});

const [mlDsa = new Uint8Array(), ed25519 = new Uint8Array()] = laptop.keys.signing;
const { suite, kem } = laptop.keys;
const point = oldBox.keys.kem;
const offCurve = point.with(64, (point[64] ?? 0) ^ 1);
/** The coefficients of an ML-KEM key are below 3329. */
const unreduced = kem.slice().fill(0xff, 0, 3);

const bad: readonly (readonly [string, DeviceKeys])[] = [
  ['no signing key', { suite, signing: [], kem }],
  ['one signing key', { suite, signing: [mlDsa], kem }],
  ['three signing keys', { suite, signing: [mlDsa, ed25519, ed25519], kem }],
  ['swapped signing keys', { suite, signing: [ed25519, mlDsa], kem }],
  ['a short ML-DSA key', { suite, signing: [mlDsa.subarray(1), ed25519], kem }],
  ['an Ed25519 key of small order', { suite, signing: [mlDsa, new Uint8Array(32).with(0, 1)], kem }],
  ['an empty KEM key', { suite, signing: [mlDsa, ed25519], kem: new Uint8Array() }],
  ['a KEM key that is not reduced', { suite, signing: [mlDsa, ed25519], kem: unreduced }],
  ['a point that is not on the curve', { ...oldBox.keys, kem: offCurve }],
  ['a signing point that is not on the curve', { ...oldBox.keys, signing: [offCurve] }],
  ['a compressed point', { ...oldBox.keys, kem: point.subarray(0, 33).with(0, 2) }],
  ['keys of another suite', { ...oldBox.keys, suite }],
];

test('checkKeys refuses keys that cannot be used, each with a FormatError', () => {
  for (const [name, keys] of bad) assert.throws(() => checkKeys(keys), FormatError, name);
  assert.throws(() => checkKeys({ suite, signing: [mlDsa, ed25519], kem: unreduced }), {
    message: 'Cannot use X-Wing key of a device: not a valid public key',
  });
});

test('deviceKeysCodec and checkKeys answer any bytes with keys or a FormatError', () => {
  const wire = encode(deviceKeysCodec, oldBox.keys);
  fc.assert(
    fc.property(fc.nat({ max: wire.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
      try {
        checkKeys(decode(deviceKeysCodec, wire.with(at, value)));
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
      }
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => assert.throws(() => decode(deviceKeysCodec, bytes), FormatError)),
  );
});
