import assert from 'node:assert/strict';
import { test } from 'node:test';
import { USERNAME } from '../../testing/account.ts';
import { laptop, oldBox, phone, scene, stranger } from '../../testing/scenes.ts';
import { verifyLabelled } from '../device/signing.ts';
import { Label } from '../labels.ts';
import { buildAdmit, buildEpoch, buildLeave, nextPlace, proveDevice, signEntry } from './build.ts';
import { admissionProof, decodeEntry } from './entry.ts';
import { verifyRecords } from './verify.ts';

test('nextPlace stands after the head', async () => {
  const { state } = await scene('settled');
  assert.deepEqual(nextPlace(state), { number: 8, previous: state.head.hash });
});

test('signEntry writes place, time and author, and signs with every key of the device', async () => {
  const { state } = await scene('settled');
  const change = { kind: 'remove' as const, devices: [phone.id], epoch: undefined };
  for (const [device, lengths] of [
    [phone, [3309, 64]],
    [oldBox, [64]],
  ] as const) {
    const { entry, signatures } = await signEntry(device, nextPlace(state), 1_900_000_000, change);
    const { number, previous, time, device: author, change: written } = decodeEntry(entry);
    assert.deepEqual([number, previous, time, author], [8, state.head.hash, 1_900_000_000n, device.id]);
    assert.deepEqual(written, change);
    assert.deepEqual(
      signatures.map(({ length }) => length),
      lengths,
    );
    assert.equal(verifyLabelled(device.keys, Label.entrySignature, entry, signatures), true);
  }
});

test('buildEpoch makes a rotation where nobody is removed, and a removal otherwise', async () => {
  const account = await scene('settled');
  const key = account.key(laptop);
  const rotate = decodeEntry((await buildEpoch(account.state, laptop, key, [], 0)).entry).change;
  assert.ok(rotate.kind === 'rotate');
  assert.deepEqual([rotate.epoch.epoch, rotate.epoch.wraps.length], [3, 3]);
  const remove = decodeEntry((await buildEpoch(account.state, laptop, key, [phone.id], 0)).entry).change;
  assert.ok(remove.kind === 'remove');
  assert.deepEqual(remove.devices, [phone.id]);
  assert.deepEqual(
    remove.epoch?.wraps.map(({ device }) => device),
    [laptop.id, oldBox.id],
  );
});

test('buildLeave removes its author alone, without an epoch', async () => {
  const { state } = await scene('settled');
  const { change } = decodeEntry((await buildLeave(state, phone, 0)).entry);
  assert.deepEqual(change, { kind: 'remove', devices: [phone.id], epoch: undefined });
});

test('buildAdmit seals the key that the author holds for the newcomer', async () => {
  const account = await scene('settled');
  const proof = await proveDevice(stranger, USERNAME, 'desktop');
  const bytes = admissionProof(USERNAME, 'desktop', stranger.keys);
  assert.equal(verifyLabelled(stranger.keys, Label.deviceProof, bytes, proof), true);
  const shown = { name: 'desktop', keys: stranger.keys, proof };
  account.add(await buildAdmit(account.state, phone, account.key(phone), shown, false, account.time));
  assert.deepEqual(account.key(stranger), account.key(laptop));
});

test('all machines of an account open the same key after each epoch, and removed ones none', async () => {
  const account = await scene('settled');
  await account.rotate(oldBox, [phone]);
  assert.deepEqual(account.key(oldBox), account.key(laptop));
  assert.throws(() => account.key(phone), TypeError);
  assert.equal(verifyRecords(undefined, account.records).state.epochs.at(-1)?.epoch, 3);
});
