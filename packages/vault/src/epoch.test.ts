import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, decode, encode, string, struct } from '@orrery/bytes';
import { aes256Gcm, DecryptError, hkdfSha256, randomBytes } from '@orrery/crypto';
import fc from 'fast-check';
import { laptop, oldBox, phone } from '../testing/scenes.ts';
import { refusal } from '../testing/refusal.ts';
import type { Device } from './device/secret.ts';
import { commitment, openEpoch, openPrevious, unwrapKey, wrapKey, type EntryPlace } from './epoch.ts';
import { LedgerError } from './ledger/ledger-error.ts';

const place: EntryPlace = { number: 7, previous: new Uint8Array(32).fill(9) };
const key = randomBytes(32);
const wire = struct({ ciphertext: string(2000), nonce: string(12), key: string(64) });

function wrapFor(device: Device, of: Uint8Array = key): Uint8Array {
  return wrapKey(of, 3, device.keys, device.id, place);
}

function open(wrap: Uint8Array, device: Device, at: EntryPlace = place, epoch = 3): Uint8Array {
  return unwrapKey(wrap, epoch, commitment(key, 3), device, at);
}

test('commitment is one value for one key and epoch', () => {
  assert.equal(
    commitment(new Uint8Array(32), 1).toHex(),
    'f9c043fc571dc3b93f7b25d5b42aa97903575b5c8ab6c4485b02a0207a1cb492',
  );
  assert.notDeepEqual(commitment(key, 1), commitment(key, 2));
  assert.notDeepEqual(commitment(key, 1), commitment(randomBytes(32), 1));
});

test('unwrapKey opens what wrapKey sealed, for both suites', () => {
  for (const device of [laptop, oldBox]) assert.deepEqual(open(wrapFor(device), device), key);
});

test('unwrapKey refuses the wrap of another device, place or epoch', () => {
  for (const device of [laptop, oldBox]) {
    const wrap = wrapFor(device);
    assert.throws(() => open(wrap, device, { ...place, number: 8 }), DecryptError);
    assert.throws(() => open(wrap, device, { ...place, previous: new Uint8Array(32) }), DecryptError);
    assert.throws(() => open(wrap, device, place, 4), DecryptError);
  }
  assert.throws(() => open(wrapFor(laptop), phone), DecryptError);
  assert.throws(() => open(wrapFor(laptop), oldBox), LedgerError);
  const renamed = wrapKey(key, 3, laptop.keys, phone.id, place);
  assert.throws(() => open(renamed, laptop), DecryptError);
});

test('unwrapKey refuses a key that is not the one committed to, which opens without the commitment', () => {
  const wrap = wrapFor(laptop, randomBytes(32));
  const says = 'Cannot use key of epoch 3: it does not fit the commitment in the ledger';
  assert.throws(() => open(wrap, laptop), refusal('invalid', says));
  assert.throws(() => open(wrapFor(laptop, key.subarray(1)), laptop), refusal('invalid', says));
  assert.equal(openWithoutCommitment(wrap).length, 32);
});

/** A naive device: two devices with other keys would believe that they share one. */
function openWithoutCommitment(wrap: Uint8Array): Uint8Array {
  const parts = decode(wire, wrap);
  const bound = concat(
    Uint8Array.fromHex('000000136f72726572792f7661756c742f312f77726170'),
    Uint8Array.fromHex('0000000700000020'),
    place.previous,
    Uint8Array.fromHex('0000000300000020'),
    laptop.id,
  );
  const wrapping = hkdfSha256(laptop.decapsulate(parts.ciphertext), new Uint8Array(), bound, 32);
  return aes256Gcm.open(wrapping, parts.nonce, parts.key, bound);
}

test('unwrapKey answers a malformed wrap with a LedgerError', () => {
  const malformed = refusal('invalid', 'Cannot use key of epoch 3: its wrap is malformed');
  for (const device of [laptop, oldBox]) {
    const wrap = wrapFor(device);
    const { ciphertext, nonce, key: sealed } = decode(wire, wrap);
    const bad = [
      new Uint8Array(),
      wrap.subarray(1),
      wrap.subarray(0, -1),
      concat(wrap, new Uint8Array(1)),
      encode(wire, { ciphertext: ciphertext.subarray(1), nonce, key: sealed }),
      encode(wire, { ciphertext: new Uint8Array(), nonce, key: sealed }),
      encode(wire, { ciphertext, nonce: nonce.subarray(1), key: sealed }),
    ];
    for (const bytes of bad) assert.throws(() => open(bytes, device), malformed);
    const empty = encode(wire, { ciphertext, nonce, key: new Uint8Array() });
    assert.throws(() => open(empty, device), DecryptError);
  }
  const point = decode(wire, wrapFor(oldBox));
  const offCurve = point.ciphertext.with(64, (point.ciphertext[64] ?? 0) ^ 1);
  assert.throws(() => open(encode(wire, { ...point, ciphertext: offCurve }), oldBox), malformed);
});

test('unwrapKey answers any bytes with a DecryptError or a LedgerError', () => {
  const wrap = wrapFor(oldBox);
  const isRefusal = (error: unknown): boolean =>
    error instanceof DecryptError || error instanceof LedgerError;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
      assert.throws(() => open(bytes, oldBox), isRefusal),
    ),
  );
  for (let at = 0; at < wrap.length; at++)
    assert.throws(() => open(wrap.with(at, (wrap[at] ?? 0) ^ (1 << (at % 8))), oldBox), isRefusal);
});

test('wrapKey refuses a device whose KEM key is not valid', () => {
  const keys = { ...laptop.keys, kem: laptop.keys.kem.slice().fill(0xff, 0, 3) };
  assert.throws(() => wrapKey(key, 3, keys, laptop.id, place), RangeError);
});

test('openEpoch seals one key for every device, and the key before under it', () => {
  const epoch = openEpoch(3, key, [laptop, oldBox], place);
  assert.equal(epoch.epoch, 3);
  assert.deepEqual(
    epoch.wraps.map(({ device }) => device),
    [laptop.id, oldBox.id],
  );
  const [mine, theirs] = epoch.wraps.map(({ sealed }, index) =>
    unwrapKey(sealed, 3, epoch.commitment, index === 0 ? laptop : oldBox, place),
  );
  assert.ok(mine !== undefined);
  assert.deepEqual(mine, theirs);
  assert.equal(epoch.previousKey.length, 60);
  assert.deepEqual(openPrevious(mine, epoch.previousKey, 3, commitment(key, 2), place), key);
});

test('openEpoch makes another key each time, and no key before for the first', () => {
  const [a, b] = [openEpoch(1, undefined, [laptop], place), openEpoch(1, undefined, [laptop], place)];
  assert.notDeepEqual(a.commitment, b.commitment);
  assert.deepEqual(a.previousKey, new Uint8Array());
});

test('openPrevious refuses another key, epoch, place, commitment or length', () => {
  const { wraps, previousKey, commitment: own } = openEpoch(3, key, [laptop], place);
  const present = unwrapKey(wraps[0]?.sealed ?? key, 3, own, laptop, place);
  const before = commitment(key, 2);
  assert.deepEqual(openPrevious(present, previousKey, 3, before, place), key);
  assert.throws(() => openPrevious(randomBytes(32), previousKey, 3, before, place), DecryptError);
  assert.throws(() => openPrevious(present, previousKey, 4, before, place), DecryptError);
  assert.throws(() => openPrevious(present, previousKey, 3, before, { ...place, number: 8 }), DecryptError);
  const altered = previousKey.with(20, (previousKey[20] ?? 0) ^ 1);
  assert.throws(() => openPrevious(present, altered, 3, before, place), DecryptError);
  assert.throws(
    () => openPrevious(present, previousKey, 3, commitment(randomBytes(32), 2), place),
    refusal('invalid', 'Cannot use key of epoch 2: it does not fit the commitment in the ledger'),
  );
  for (const length of [0, 1, 11, 12, 28, 59])
    assert.throws(
      () => openPrevious(present, previousKey.subarray(0, length), 3, before, place),
      refusal('invalid', `Cannot use key of epoch 2: ${length} bytes, 60 expected`),
    );
});
