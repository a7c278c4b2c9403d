import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { concat, FormatError } from '@orrery/bytes';
import { randomBytes, wipe } from '@orrery/crypto';
import fc from 'fast-check';
import { laptop, oldBox } from '../../testing/scenes.ts';
import { Device } from './secret.ts';
import { signLabelled, verifyLabelled } from './signing.ts';
import { classicSuite, hybridSuite } from './suite.ts';

/** A device secret of `suite` (hex of its name as a text). */
function secretOf(suite: string, ...secrets: readonly Uint8Array[]): Uint8Array {
  const label = '0000001c6f72726572792f7661756c742f312f6465766963652d736563726574';
  const count = `0000000${secrets.length}`;
  const parts = secrets.map((secret) => concat(Uint8Array.fromHex('00000020'), secret));
  return concat(Uint8Array.fromHex(`${label}${suite}${count}`), ...parts);
}

const P256 = '0000000470323536';
const HYBRID = '000000156d6c64736136352d656432353531392d7877696e67';
const zeros = new Uint8Array(32);
const one = zeros.with(31, 1);

test('Device.generate makes other keys each time', () => {
  for (const suite of [hybridSuite, classicSuite]) {
    const [a, b] = [Device.generate(suite), Device.generate(suite)];
    assert.equal(a.suite, suite);
    assert.notDeepEqual(a.id, b.id);
    assert.notDeepEqual(a.keys.kem, b.keys.kem);
  }
});

test('Device.import reads what export wrote: the same keys, which sign and unwrap', async () => {
  for (const device of [laptop, oldBox]) {
    const bytes = device.export();
    const copy = Device.import(bytes);
    wipe(bytes);
    assert.deepEqual(copy.keys, device.keys);
    assert.deepEqual(copy.id, device.id);
    const signatures = await signLabelled(copy.signers, 'label', one);
    assert.equal(verifyLabelled(device.keys, 'label', one, signatures), true);
    const { ciphertext, sharedSecret } = device.suite.kem.encapsulate(device.keys.kem);
    assert.deepEqual(copy.decapsulate(ciphertext), sharedSecret);
  }
});

test('export writes label, suite and the secrets in the order of the suite', () => {
  const secrets = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const bytes = secretOf(HYBRID, ...secrets);
  assert.deepEqual(Device.import(bytes).export(), bytes);
  const [seed = one, edSeed = one, kemSeed = one] = secrets;
  assert.deepEqual(Device.import(bytes).keys, {
    suite: 'mldsa65-ed25519-xwing',
    signing: [hybridSuite.signatures[0]?.publicKey(seed), hybridSuite.signatures[1]?.publicKey(edSeed)],
    kem: hybridSuite.kem.publicKey(kemSeed),
  });
});

test('Device.import refuses what is not a secret of a known suite', () => {
  const good = secretOf(P256, one, one.with(31, 2));
  assert.equal(Device.import(good).suite, classicSuite);
  const bad = {
    'no bytes': new Uint8Array(),
    'a byte more': concat(good, zeros.subarray(31)),
    'an unknown suite': secretOf('0000000470353231', one, one),
    'no secrets': secretOf(P256),
    'one secret': secretOf(P256, one),
    'three secrets': secretOf(P256, one, one, one),
    'two secrets of three': secretOf(HYBRID, one, one),
    'a scalar of zero': secretOf(P256, zeros, one),
    'a KEM scalar of zero': secretOf(P256, one, zeros),
    'a scalar above the order': secretOf(P256, new Uint8Array(32).fill(255), one),
  };
  for (const [name, bytes] of Object.entries(bad))
    assert.throws(() => Device.import(bytes), FormatError, name);
});

test('Device.import answers any bytes with a FormatError', () => {
  const good = oldBox.export();
  fc.assert(
    fc.property(fc.nat({ max: good.length - 1 }), (length) => {
      assert.throws(() => Device.import(good.subarray(0, length)), FormatError);
    }),
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.throws(() => Device.import(bytes), FormatError)));
});

test('tokenSigner is the ML-DSA signer, or the only one', () => {
  assert.equal(laptop.tokenSigner, laptop.signers[0]);
  assert.equal(oldBox.tokenSigner, oldBox.signers[0]);
});

test('a device shows no secret when it is printed or made JSON', () => {
  const device = Device.generate(classicSuite);
  const secrets = device.export().subarray(-72);
  const shown = inspect(device, { depth: 10, showHidden: true }) + JSON.stringify(device);
  for (const secret of [secrets.subarray(4, 36), secrets.subarray(40)]) {
    assert.ok(!shown.includes(secret.toHex()));
    assert.ok(!shown.includes([...secret].join(', ')));
    assert.ok(!shown.includes([...secret.subarray(0, 8)].join(',')));
  }
});

test('wipe overwrites the secrets', () => {
  const device = Device.generate(classicSuite);
  device.wipe();
  assert.deepEqual(device.export(), secretOf(P256, zeros, zeros));
});
