import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testAttacks, type Attack } from '../../testing/attacks.ts';
import { objectId, objectRef, type TestAccount } from '../../testing/account.ts';
import { refusal } from '../../testing/refusal.ts';
import { laptop, phone, scene, type SceneName } from '../../testing/scenes.ts';
import type { Change } from './entry.ts';
import { verifyRecords } from './verify.ts';

type Commit = Extract<Change, { kind: 'commit' }>;
type Rekeyed = Extract<Change, { kind: 'rekeyed' }>;

function badCommit(
  name: string,
  says: string,
  twist: Partial<Commit>,
  scenery: SceneName = 'settled',
): Attack {
  const forge = (account: TestAccount) => account.sign(laptop, { ...account.commitOf([30, 31]), ...twist });
  return { name: `a commit ${name}`, in: scenery, forge, says };
}

function badRekeyed(
  name: string,
  says: string,
  twist: Partial<Rekeyed>,
  scenery: SceneName = 'rekeying',
): Attack {
  const forge = (account: TestAccount) =>
    account.sign(laptop, { ...account.rekeyedOf([30, 31, 32]), ...twist });
  return { name: `the end of a rotation ${name}`, in: scenery, forge, says };
}

function ids(...numbers: readonly number[]): Uint8Array[] {
  return numbers.map(objectId);
}

function named(number: number): string {
  return `it adds object ${objectId(number).toHex()}, which was named before`;
}

function notKept(number: number): string {
  return `it drops object ${objectId(number).toHex()}, which is not kept`;
}

const unadded = 'it names a manifest or map that it does not add';
const departed = 'a machine has left and still knows the key: a new epoch must come first';

testAttacks([
  badCommit('to the epoch before', 'it is for epoch 1, and the present one is 2', { epoch: 1 }),
  badCommit('to an epoch to come', 'it is for epoch 3, and the present one is 2', { epoch: 3 }),
  badCommit(
    'to the epoch before that still has objects',
    'it commits before the rotation has ended',
    { epoch: 2 },
    'rekeying',
  ),
  badCommit(
    'to the new epoch before its rotation has ended',
    'it commits before the rotation has ended',
    {},
    'rekeying',
  ),
  badCommit('while a machine that left still knows the key', departed, {}, 'departed'),
  badCommit('that adds an object dropped by a commit', named(12), { adds: ids(30, 12) }),
  badCommit('that adds an object dropped by a rotation', named(2), { adds: ids(30, 2) }),
  badCommit('that adds an object which is kept', named(13), { adds: ids(30, 13) }),
  badCommit('that adds an object twice', named(31), { adds: ids(30, 31, 31) }),
  badCommit('whose manifest is that of the commit before', unadded, { manifest: objectRef(20) }),
  badCommit('whose manifest it does not add', unadded, { manifest: objectRef(32) }),
  badCommit('that adds nothing', unadded, { adds: [] }),
  badCommit('that drops an unknown object', notKept(99), { drops: ids(99) }),
  badCommit('that drops a dropped object', notKept(12), { drops: ids(13, 12) }),
  badCommit('that drops an object twice', notKept(13), { drops: ids(13, 13) }),
  badCommit('that drops what it adds', notKept(31), { drops: ids(31) }),
  badCommit('that drops the rekey map', 'it drops the rekey map, without which no object is found', {
    drops: ids(13, 11),
  }),
  badRekeyed('that did not begin', 'it ends a rotation that did not begin', {}, 'settled'),
  badRekeyed('of an account without objects', 'it ends a rotation that did not begin', {}, 'empty'),
  badRekeyed('while a machine that left knows the key', departed, {}, 'rekeyingDeparted'),
  badRekeyed('for the epoch before', 'it is for epoch 2, and the present one is 3', { epoch: 2 }),
  badRekeyed('whose manifest it does not add', unadded, { manifest: objectRef(33) }),
  badRekeyed('whose map it does not add', unadded, { map: objectRef(33) }),
  badRekeyed('whose manifest is the one before', unadded, { manifest: objectRef(20) }),
  badRekeyed('whose map is the one before', unadded, { map: objectRef(11) }),
  badRekeyed('that adds an object of the epoch before', named(13), { adds: ids(30, 31, 13) }),
  badRekeyed('that adds a dropped object', named(12), { adds: ids(30, 31, 12) }),
  badRekeyed('that adds an object twice', named(32), { adds: ids(30, 31, 32, 32) }),
]);

test('verifyRecords refuses a commit that would keep more than 60,000 objects', async () => {
  const account = await scene('settled');
  const many = Array.from({ length: 59_995 }, (_, index) => 1000 + index);
  await account.commit(laptop, many);
  assert.equal(account.state.live.size, 60_000);
  const one = await account.sign(phone, account.commitOf([30]));
  const says = 'it would keep 60001 objects, at most 60000 allowed';
  assert.throws(() => verifyRecords(account.state, [one]), refusal('invalid', says));
  await account.commit(phone, [30], [13]);
  assert.equal(account.state.live.size, 60_000);
});

test('verifyRecords accepts the entries that the attacks twist', async () => {
  const settled = await scene('settled');
  await settled.commit(laptop, [30, 31], [13, 21]);
  assert.deepEqual(
    [...settled.state.live.keys()],
    [10, 11, 20, 30, 31].map((id) => objectId(id).toHex()),
  );
  const rekeying = await scene('rekeying');
  await rekeying.rekey(laptop, [30, 31, 32]);
  assert.deepEqual(
    [...rekeying.state.live],
    [30, 31, 32].map((id) => [objectId(id).toHex(), 3]),
  );
});
