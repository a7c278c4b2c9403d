import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectId, objectRef, START, TestAccount } from '../../testing/account.ts';
import { laptop, oldBox, phone, scene, stranger, tablet } from '../../testing/scenes.ts';
import { isClosed, isPresent, isRekeying, presentMembers, type LedgerState } from './state.ts';

function hex(...devices: readonly { readonly id: Uint8Array }[]): string[] {
  return devices.map(({ id }) => id.toHex());
}

function objects(state: LedgerState): { live: [number, number][]; dropped: number[] } {
  const number = (id: string): number => Number.parseInt(id, 16);
  return {
    live: [...state.live].map(([id, epoch]) => [number(id), epoch]),
    dropped: [...state.dropped].map(number),
  };
}

function epochs(state: LedgerState): number[] {
  return state.epochs.map(({ epoch }) => epoch);
}

test('a genesis founds an account of its one machine', async () => {
  const { state, records } = await scene('empty');
  assert.equal(records.length, 1);
  assert.deepEqual(state.head, { number: 0, hash: state.account });
  assert.deepEqual(state.members.get(laptop.id.toHex()), {
    id: laptop.id,
    name: 'laptop',
    keys: laptop.keys,
    admitted: { by: laptop.id, number: 0, time: BigInt(START) },
  });
  assert.equal(state.usedKeys.size, 3);
  assert.deepEqual(epochs(state), [1]);
  assert.deepEqual([...state.wraps.keys()], hex(laptop));
  assert.deepEqual(objects(state), { live: [], dropped: [] });
  assert.deepEqual(
    [state.departed, state.classicEpoch, state.manifests, state.committed, state.map],
    [false, undefined, [], undefined, undefined],
  );
});

test('the genesis of a classic machine says that epoch 1 is not post-quantum', async () => {
  assert.equal((await scene('classic')).state.classicEpoch, 1);
});

test('an admission brings in a machine and its wrap', async () => {
  const account = await scene('empty');
  await account.admit(laptop, phone, 'phone');
  const { state } = account;
  assert.deepEqual(state.members.get(phone.id.toHex())?.admitted, {
    by: laptop.id,
    number: 1,
    time: BigInt(START + 60),
  });
  assert.deepEqual([...state.wraps.keys()], hex(laptop, phone));
  assert.deepEqual(state.wraps.get(phone.id.toHex())?.place, { number: 1, previous: state.account });
  assert.deepEqual(account.key(phone), account.key(laptop));
  assert.equal(state.usedKeys.size, 6);
  assert.equal(state.classicEpoch, undefined);
  await account.admit(phone, oldBox, 'old box', true);
  assert.equal(account.state.classicEpoch, 1);
  assert.equal(account.state.usedKeys.size, 8);
});

test('a commit adds and drops objects and makes its manifest the newest', async () => {
  const { state } = await scene('settled');
  assert.deepEqual(objects(state), {
    live: [
      [10, 2],
      [11, 2],
      [13, 2],
      [20, 2],
      [21, 2],
    ],
    dropped: [1, 2, 3, 12],
  });
  assert.deepEqual(state.manifests, [objectRef(10), objectRef(20)]);
  assert.deepEqual(state.committed, { by: phone.id, number: 7, time: BigInt(START + 420) });
});

test('the 64 newest manifests are remembered', async () => {
  const account = await scene('empty');
  for (let number = 1; number <= 70; number++) await account.commit(laptop, [number]);
  const { manifests } = account.state;
  assert.equal(manifests.length, 64);
  assert.deepEqual([manifests.at(0), manifests.at(-1)], [objectRef(7), objectRef(70)]);
});

test('a rotation opens an epoch and keeps the one before while objects wait in it', async () => {
  const account = await scene('settled');
  const before = account.key(laptop);
  await account.rotate(phone);
  assert.deepEqual(epochs(account.state), [2, 3]);
  assert.deepEqual([isRekeying(account.state), account.state.departed], [true, false]);
  assert.equal(account.state.classicEpoch, 3);
  assert.notDeepEqual(account.key(laptop), before);
  await account.rotate(laptop, [oldBox]);
  assert.deepEqual(epochs(account.state), [2, 3, 4]);
  assert.equal(account.state.classicEpoch, 3);
});

test('a rotation of an account without objects leaves nothing to do, and nothing behind', async () => {
  const account = await scene('empty');
  for (let epoch = 2; epoch <= 5; epoch++) await account.rotate(laptop);
  assert.deepEqual(epochs(account.state), [5]);
  assert.equal(isRekeying(account.state), false);
  await account.commit(laptop, [1]);
  assert.deepEqual(objects(account.state), { live: [[1, 5]], dropped: [] });
});

test('the end of a rotation replaces all objects and forgets the epochs before', async () => {
  const account = await scene('rekeying');
  await account.rotate(phone);
  assert.deepEqual(epochs(account.state), [2, 3, 4]);
  await account.rekey(phone, [30, 31, 32]);
  const { state } = account;
  assert.deepEqual(epochs(state), [4]);
  assert.equal(isRekeying(state), false);
  assert.deepEqual(objects(state), {
    live: [
      [30, 4],
      [31, 4],
      [32, 4],
    ],
    dropped: [1, 2, 3, 12, 10, 11, 13, 20, 21],
  });
  assert.deepEqual(state.manifests, [objectRef(30)]);
  assert.deepEqual(state.map, objectRef(31));
  assert.deepEqual(state.committed, { by: phone.id, number: 10, time: BigInt(START + 600) });
});

test('a removal puts machines out and opens an epoch without them', async () => {
  const account = await scene('settled');
  await account.rotate(laptop, [phone, oldBox]);
  const { state } = account;
  assert.deepEqual(
    presentMembers(state).map(({ name }) => name),
    ['laptop'],
  );
  assert.deepEqual([...state.wraps.keys()], hex(laptop));
  assert.deepEqual(state.members.get(phone.id.toHex())?.removed, {
    by: laptop.id,
    number: 8,
    time: BigInt(START + 480),
  });
  assert.deepEqual([isPresent(state, phone.id), isPresent(state, tablet.id)], [false, false]);
  assert.deepEqual(epochs(state), [2, 3]);
});

test('a machine that leaves by itself stops commits until a new epoch', async () => {
  const account = await scene('departed');
  const { state } = account;
  assert.deepEqual([state.departed, isPresent(state, phone.id), isClosed(state)], [true, false, false]);
  assert.deepEqual([...state.wraps.keys()], hex(laptop, oldBox));
  assert.deepEqual(state.members.get(phone.id.toHex())?.removed?.by, phone.id);
  await account.leave(oldBox);
  await account.rotate(laptop);
  assert.equal(account.state.departed, false);
  await account.rekey(laptop, [30, 31]);
  await account.commit(laptop, [40]);
  assert.equal(account.state.head.number, 12);
});

test('a removal by another machine also ends a departure', async () => {
  const account = await scene('departed');
  await account.rotate(laptop, [oldBox]);
  assert.equal(account.state.departed, false);
});

test('the last machine that leaves closes the account', async () => {
  const { state } = await scene('closed');
  assert.equal(isClosed(state), true);
  assert.deepEqual(presentMembers(state), []);
});

test('a migration replaces a classic machine by itself under its name', async () => {
  const account = await scene('settled');
  await account.migrate(oldBox, stranger, 'old box');
  const { state } = account;
  assert.deepEqual(
    presentMembers(state).map(({ name, id }) => [name, id.toHex()]),
    [
      ['laptop', laptop.id.toHex()],
      ['phone', phone.id.toHex()],
      ['old box', stranger.id.toHex()],
    ],
  );
  assert.deepEqual(state.members.get(stranger.id.toHex())?.admitted.by, oldBox.id);
  assert.deepEqual(state.members.get(oldBox.id.toHex())?.removed?.by, oldBox.id);
  assert.deepEqual(epochs(state), [2, 3]);
  assert.equal(state.classicEpoch, 2);
  assert.deepEqual(account.key(stranger), account.key(laptop));
});

test('a migration also ends a departure', async () => {
  const account = await scene('departed');
  await account.migrate(oldBox, stranger, 'old box');
  assert.equal(account.state.departed, false);
  assert.ok(account.state.live.has(objectId(13).toHex()));
});

test('a name that a removed machine had is free', async () => {
  const account = await TestAccount.found(laptop);
  await account.admit(laptop, phone, 'phone');
  await account.rotate(laptop, [phone]);
  await account.admit(laptop, tablet, 'phone');
  assert.deepEqual(
    [...account.state.members.values()].map(({ name, removed }) => [name, removed === undefined]),
    [
      ['laptop', true],
      ['phone', false],
      ['phone', true],
    ],
  );
});
