import { randomBytes } from '@orrery/crypto';
import type { RoomState } from '@orrery/rendezvous';
import type { Head } from '@orrery/vault';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { AccountKey, Append, NewAccount, Store } from './store.ts';

const NOW = 1_800_000_000;
const DAY = 24 * 3600;

export interface StoreUnderTest {
  readonly store: Store;
  /** Opens what `backup` wrote. */
  readonly openBackup: (file: string) => Promise<Store>;
  /** A path that does not exist. */
  readonly newFile: () => string;
}

/** What every store must do. `make` gives an empty one. */
export function storeTests(name: string, make: () => Promise<StoreUnderTest>): void {
  const check = (title: string, body: (store: Store, made: StoreUnderTest) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const made = await make();
      try {
        await body(made.store, made);
      } finally {
        await made.store.close();
      }
    });
  };

  check('an account is created once for its username and once for its genesis', async (store) => {
    await store.check();
    const account = newAccount('alice');
    assert.equal(await store.createAccount(account), 'created');
    assert.equal(await store.createAccount(account), 'taken');
    assert.equal(await store.createAccount(newAccount('alice')), 'taken');
    assert.equal(await store.createAccount({ ...account, username: 'bob' }), 'taken');
    assert.equal(await store.createAccount({ ...newAccount('bob'), maxAccounts: 1 }), 'full');
    assert.equal(await store.createAccount({ ...newAccount('bob'), maxAccounts: 2 }), 'created');
    assert.deepEqual(await store.findGenesis('alice'), account.record);
    assert.equal(await store.findGenesis('carol'), undefined);
  });

  check('a device is found by the username of its account and its id', async (store) => {
    const account = newAccount('alice');
    await store.createAccount(account);
    await store.createAccount(newAccount('bob'));
    const { account: key, ...device } = await found(store, account);
    assert.equal(typeof key, 'number');
    assert.deepEqual(device, {
      ...account.founder,
      genesis: account.head.hash,
      head: account.head,
      rekeying: false,
      seen: undefined,
    });
    assert.equal(await store.findDevice('bob', account.founder.id), undefined);
    assert.equal(await store.findDevice('alice', randomBytes(32)), undefined);
    assert.equal(await store.findDevice('', new Uint8Array(32)), undefined);
  });

  check('an append moves head, state, devices and records together', async (store) => {
    const { account, key } = await create(store);
    const devices = [
      { ...account.founder, removed: true },
      { id: randomBytes(32), name: 'new', keys: randomBytes(3000), removed: false },
    ];
    const append = {
      ...appendTo(key, account.head),
      devices,
      rekeying: true,
      records: [randomBytes(5), randomBytes(7)],
    };
    assert.equal(await store.append(append), 'appended');
    const device = await found(store, account);
    assert.deepEqual([device.head, device.rekeying, device.removed], [append.after, true, true]);
    assert.deepEqual(await store.findDevice('alice', devices[1]?.id ?? new Uint8Array()), {
      ...device,
      ...devices[1],
    });
    assert.deepEqual(await store.readLedger(key), {
      state: append.state,
      usage: {
        entries: 3,
        entryBytes: account.record.length + 12,
        objects: 0,
        objectBytes: 0,
        uploads: 0,
        uploadBytes: 0,
      },
    });
    assert.deepEqual(await store.readRecords(key, -1, 10, 1e6), [account.record, ...append.records]);
  });

  check('an append to any other place than the head is a conflict and changes nothing', async (store) => {
    const { account, key } = await create(store);
    const append = appendTo(key, account.head);
    const before = await found(store, account);
    for (const head of [
      append.after,
      { number: 0, hash: randomBytes(32) },
      { number: 1, hash: account.head.hash },
    ])
      assert.equal(await store.append({ ...append, before: head }), 'conflict');
    assert.deepEqual(await found(store, account), before);
    assert.equal(await store.append({ ...append, account: key + 1 }), 'conflict');
    const both = await Promise.all([store.append(append), store.append(appendTo(key, account.head))]);
    assert.deepEqual(both.toSorted(), ['appended', 'conflict']);
  });

  check('records are read from a number on, up to a count and up to a size', async (store) => {
    const { account, key } = await create(store);
    const records = [10, 20, 30, 40].map(randomBytes);
    await store.append({ ...appendTo(key, account.head), records });
    assert.deepEqual(await store.readRecords(key, 0, 10, 1e6), records);
    assert.deepEqual(await store.readRecords(key, 1, 2, 1e6), records.slice(1, 3));
    assert.deepEqual(await store.readRecords(key, 0, 10, 60), records.slice(0, 3));
    assert.deepEqual(await store.readRecords(key, 0, 10, 1), records.slice(0, 1));
    assert.deepEqual(await store.readRecords(key, 4, 10, 1e6), []);
    assert.deepEqual(await store.readRecords(key + 1, -1, 10, 1e6), []);
  });

  check('an append commits uploads and deletes what it drops, or does neither', async (store) => {
    const { account, key } = await create(store);
    const [one, two, three] = [sealed(10), sealed(20), sealed(30)];
    await store.putObjects(upload(key, [one, two, three]));
    const first = { ...appendTo(key, account.head), adds: [one.id, two.id] };
    assert.equal(await store.append({ ...first, adds: [one.id, randomBytes(16)] }), 'missing');
    assert.equal(await store.append(first), 'appended');
    assert.deepEqual(await usage(store, key), [2, 30, 1, 30]);
    const second = { ...appendTo(key, first.after), adds: [three.id], drops: [one.id] };
    assert.equal(await store.append({ ...second, adds: [two.id] }), 'missing');
    assert.equal(await store.append(second), 'appended');
    assert.deepEqual(await usage(store, key), [2, 50, 0, 0]);
    assert.deepEqual(await store.readObjects(key, [one.id, two.id, three.id], 1e6), [
      undefined,
      two.bytes,
      three.bytes,
    ]);
  });

  check('an append beyond its space is refused unless the account becomes smaller', async (store) => {
    const { account, key } = await create(store);
    const [one, two, three] = [sealed(100), sealed(20), sealed(90)];
    await store.putObjects(upload(key, [one, two, three]));
    const first = { ...appendTo(key, account.head), adds: [one.id] };
    assert.equal(await store.append({ ...first, space: { objects: 1, bytes: 99 } }), 'quota');
    assert.equal(await store.append({ ...first, space: { objects: 0, bytes: 100 } }), 'quota');
    assert.equal(await store.append({ ...first, space: { objects: 1, bytes: 100 } }), 'appended');
    const second = { ...appendTo(key, first.after), space: { objects: 1, bytes: 50 } };
    assert.equal(await store.append({ ...second, adds: [two.id] }), 'quota');
    assert.equal(await store.append({ ...second, adds: [three.id], drops: [one.id] }), 'appended');
  });

  check('a closed account is gone with all that is its own, and no other', async (store) => {
    const { account, key } = await create(store);
    const other = await create(store, 'bob');
    const object = sealed(10);
    for (const owner of [key, other.key]) await store.putObjects(upload(owner, [object]));
    assert.equal(await store.append({ ...appendTo(key, account.head), closed: true }), 'appended');
    assert.equal(await store.findDevice('alice', account.founder.id), undefined);
    assert.equal(await store.readLedger(key), undefined);
    assert.deepEqual(await store.readRecords(key, -1, 10, 1e6), []);
    assert.deepEqual(await store.readObjects(key, [object.id], 1e6), [undefined]);
    assert.deepEqual(await store.listDevices(key), []);
    assert.deepEqual(await store.readObjects(other.key, [object.id], 1e6), [object.bytes]);
    assert.deepEqual(await store.statistics(), {
      accounts: 1,
      devices: 1,
      objects: 1,
      objectBytes: 10,
      rooms: 0,
    });
    const heir = await create(store, 'alice');
    assert.notEqual(heir.key, key);
    assert.equal((await store.statistics()).accounts, 2);
  });

  check('objects are stored once; the same id with other bytes stores nothing', async (store) => {
    const { key } = await create(store);
    const [one, two] = [sealed(10), sealed(0)];
    assert.equal(await store.putObjects(upload(key, [one, one, two])), 'stored');
    assert.equal(await store.putObjects(upload(key, [one])), 'stored');
    assert.deepEqual(await usage(store, key), [0, 0, 2, 10]);
    const other = sealed(5);
    assert.equal(await store.putObjects(upload(key, [other, { ...one, bytes: other.bytes }])), 'differs');
    assert.equal(await store.putObjects(upload(key, [other, { ...other, bytes: one.bytes }])), 'differs');
    assert.deepEqual(await store.readObjects(key, [one.id, other.id, two.id], 1e6), [
      one.bytes,
      undefined,
      two.bytes,
    ]);
  });

  check('objects are read in the order asked, as far as they fit, at least one', async (store) => {
    const { key } = await create(store);
    const objects = [100, 100, 100].map(sealed);
    const ids = objects.map(({ id }) => id);
    await store.putObjects(upload(key, objects));
    assert.equal((await store.readObjects(key, ids, 3 * 121)).length, 3);
    assert.equal((await store.readObjects(key, ids, 3 * 121 - 1)).length, 2);
    assert.equal((await store.readObjects(key, ids, 0)).length, 1);
    assert.deepEqual(await store.readObjects(key, [], 100), []);
    const missing = Array.from({ length: 10 }, () => randomBytes(16));
    assert.equal((await store.readObjects(key, missing, 5 * 21)).length, 5);
  });

  check('uploads beyond the space are refused, or make the oldest ones go', async (store) => {
    const { account, key } = await create(store);
    const [kept, old, newer, newest] = [sealed(10), sealed(10), sealed(10), sealed(10)];
    const space = { objects: 3, bytes: 1000 };
    await store.putObjects(upload(key, [kept]));
    const first = { ...appendTo(key, account.head), adds: [kept.id] };
    await store.append(first);
    await store.putObjects({ ...upload(key, [old]), now: NOW - 10, space });
    await store.putObjects({ ...upload(key, [newer]), space });
    assert.equal(await store.putObjects({ ...upload(key, [newest]), space }), 'quota');
    assert.equal(await store.putObjects({ ...upload(key, [newest]), space, evict: true }), 'stored');
    const ids = [kept, old, newer, newest].map(({ id }) => id);
    assert.deepEqual(await store.readObjects(key, ids, 1e6), [
      kept.bytes,
      undefined,
      newer.bytes,
      newest.bytes,
    ]);
    assert.deepEqual(await usage(store, key), [1, 10, 2, 20]);

    const large = sealed(985);
    assert.equal(await store.putObjects({ ...upload(key, [large]), space, evict: true }), 'stored');
    assert.deepEqual(await usage(store, key), [1, 10, 1, 985]);
    // What comes again in the same request does not go for it.
    const again = { ...upload(key, [large, sealed(6)]), space, evict: true };
    assert.equal(await store.putObjects(again), 'quota');
    assert.equal(await store.putObjects({ ...upload(key, [sealed(991)]), space, evict: true }), 'quota');
    assert.deepEqual(await usage(store, key), [1, 10, 1, 985]);
  });

  check('uploads are collected 24 hours after they were last sent', async (store) => {
    const { account, key } = await create(store);
    const [kept, left, again] = [sealed(10), sealed(20), sealed(30)];
    await store.putObjects(upload(key, [kept, left, again]));
    await store.append({ ...appendTo(key, account.head), adds: [kept.id] });
    await store.putObjects({ ...upload(key, [again]), now: NOW + 10 });
    assert.equal((await store.collect(NOW + DAY - 1)).uploads, 0);
    assert.equal((await store.collect(NOW + DAY)).uploads, 1);
    assert.deepEqual(await usage(store, key), [1, 10, 1, 30]);
    assert.equal((await store.collect(NOW + DAY + 10)).uploads, 1);
    assert.deepEqual(await usage(store, key), [1, 10, 0, 0]);
  });

  check('a device is listed with when it was seen, until it is removed', async (store) => {
    const { account, key } = await create(store);
    const { founder } = account;
    assert.deepEqual(await store.listDevices(key), [{ device: founder.id, seen: undefined }]);
    await store.markSeen([{ account: key, device: founder.id, seen: 50 }]);
    await store.markSeen([{ account: key, device: founder.id, seen: 40 }]);
    await store.markSeen([{ account: key + 1, device: founder.id, seen: 60 }]);
    assert.deepEqual(await store.listDevices(key), [{ device: founder.id, seen: 50 }]);
    assert.equal((await found(store, account)).seen, 50);
    const append = { ...appendTo(key, account.head), devices: [{ ...founder, removed: true }] };
    await store.append(append);
    assert.deepEqual(await store.listDevices(key), []);
    assert.equal((await found(store, account)).seen, 50);
  });

  check('a token id is taken once, until it expires', async (store) => {
    const [one, two] = [randomBytes(32), randomBytes(32)];
    assert.equal(await store.useToken(one, NOW + 10), true);
    assert.equal(await store.useToken(one, NOW + 10), false);
    assert.equal(await store.useToken(two, NOW + 11), true);
    assert.equal((await store.collect(NOW + 9)).tokens, 0);
    assert.equal((await store.collect(NOW + 10)).tokens, 1);
    assert.equal(await store.useToken(two, NOW + 11), false);
    const both = await Promise.all([1, 2].map(() => store.useToken(Uint8Array.of(1), NOW)));
    assert.deepEqual(new Set(both), new Set([false, true]));
  });

  check('a room is opened once, up to a number of rooms, and is over in time', async (store) => {
    const [id, other] = [randomBytes(32), randomBytes(32)];
    const room = newRoom(NOW + 600);
    assert.equal(await store.findRoom(id), undefined);
    assert.equal(await store.openRoom(id, room, 1), 'opened');
    assert.deepEqual(await store.openRoom(id, newRoom(NOW), 1), room);
    assert.deepEqual(await store.findRoom(id), room);
    assert.equal(await store.openRoom(other, room, 1), 'full');
    assert.equal((await store.statistics()).rooms, 1);
    await store.fillSlot(id, 'newcomer', 0, randomBytes(5));
    assert.equal((await store.collect(NOW + 599)).rooms, 0);
    assert.equal((await store.collect(NOW + 600)).rooms, 1);
    assert.equal(await store.findRoom(id), undefined);
    assert.equal(await store.readSlot(id, 'newcomer', 0), undefined);
    assert.equal(await store.openRoom(other, room, 1), 'opened');
  });

  check('a slot keeps the first message that it gets', async (store) => {
    const id = randomBytes(32);
    await store.openRoom(id, newRoom(NOW), 10);
    const [first, second] = [randomBytes(16 * 1024), randomBytes(5)];
    assert.equal(await store.readSlot(id, 'admitter', 1), undefined);
    assert.deepEqual(await store.fillSlot(id, 'admitter', 1, first), first);
    assert.deepEqual(await store.fillSlot(id, 'admitter', 1, second), first);
    assert.deepEqual(await store.readSlot(id, 'admitter', 1), first);
    assert.equal(await store.readSlot(id, 'admitter', 0), undefined);
    assert.equal(await store.readSlot(id, 'newcomer', 1), undefined);
    assert.equal(await store.fillSlot(randomBytes(32), 'newcomer', 0, first), undefined);
  });

  check('who watches a room is called for each new message in it, until it stops', async (store) => {
    const [id, other] = [randomBytes(32), randomBytes(32)];
    for (const room of [id, other]) await store.openRoom(room, newRoom(NOW), 10);
    const calls: string[] = [];
    const stopFirst = await store.watchRoom(id, () => calls.push('first'));
    const stopSecond = await store.watchRoom(id, () => calls.push('second'));
    await store.fillSlot(other, 'newcomer', 0, randomBytes(5));
    assert.deepEqual(calls, []);
    await store.fillSlot(id, 'newcomer', 0, randomBytes(5));
    assert.deepEqual(calls, ['first', 'second']);
    await store.fillSlot(id, 'newcomer', 0, randomBytes(5));
    stopFirst();
    await store.fillSlot(id, 'newcomer', 1, randomBytes(5));
    assert.deepEqual(calls, ['first', 'second', 'second']);
    stopSecond();
    stopSecond();
    await store.fillSlot(id, 'admitter', 0, randomBytes(5));
    assert.deepEqual(calls, ['first', 'second', 'second']);
  });

  check('an allowance is spent until its window ends', async (store) => {
    const allowance = { key: 'a', cost: 1, limit: 3, seconds: 60 };
    assert.equal(await store.spend({ ...allowance, cost: 0 }, NOW), 0);
    assert.equal(await store.spend({ ...allowance, cost: 2 }, NOW), 0);
    assert.equal(await store.spend({ ...allowance, cost: 2 }, NOW + 1), 59);
    assert.equal(await store.spend(allowance, NOW + 1), 0);
    assert.equal(await store.spend(allowance, NOW + 20), 40);
    assert.equal(await store.spend({ ...allowance, cost: 0 }, NOW + 20), 40);
    assert.equal(await store.spend({ ...allowance, key: 'b' }, NOW + 20), 0);
    await store.collect(NOW + 59);
    assert.equal(await store.spend(allowance, NOW + 59), 1);
    assert.equal(await store.spend(allowance, NOW + 60), 0);
  });

  check(
    'a backup holds everything, and no file is overwritten by one',
    async (store, { openBackup, newFile }) => {
      const { account, key } = await create(store);
      const object = sealed(100_000);
      await store.putObjects(upload(key, [object]));
      const file = newFile();
      await store.backup(file);
      await store.append({ ...appendTo(key, account.head), adds: [object.id] });
      await assert.rejects(store.backup(file), { message: `Cannot write backup "${file}": the file exists` });
      assert.ok(existsSync(file));
      const copy = await openBackup(file);
      assert.deepEqual((await found(copy, account)).head, account.head);
      assert.deepEqual(await copy.readObjects(key, [object.id], 1e6), [object.bytes]);
      await copy.close();
    },
  );

  check('a store that was closed does not answer', async (_, { newFile }) => {
    const { store } = await make();
    await store.close();
    await assert.rejects(store.check());
    await assert.rejects(store.backup(newFile()));
  });
}

function newAccount(username: string): NewAccount {
  return {
    username,
    head: { number: 0, hash: randomBytes(32) },
    state: randomBytes(50),
    record: randomBytes(100),
    founder: { id: randomBytes(32), name: 'laptop', keys: randomBytes(3200), removed: false },
    maxAccounts: 1000,
  };
}

async function create(store: Store, username = 'alice'): Promise<{ account: NewAccount; key: AccountKey }> {
  const account = newAccount(username);
  assert.equal(await store.createAccount(account), 'created');
  return { account, key: (await found(store, account)).account };
}

async function found(store: Store, { username, founder }: NewAccount) {
  const device = await store.findDevice(username, founder.id);
  assert.ok(device !== undefined);
  return device;
}

function appendTo(account: AccountKey, before: Head): Append {
  return {
    account,
    before,
    after: { number: before.number + 1, hash: randomBytes(32) },
    state: randomBytes(60),
    records: [randomBytes(20)],
    devices: [],
    adds: [],
    drops: [],
    rekeying: false,
    closed: false,
  };
}

function sealed(size: number) {
  return { id: randomBytes(16), bytes: randomBytes(size) };
}

function upload(account: AccountKey, objects: readonly ReturnType<typeof sealed>[]) {
  return { account, objects, space: { objects: 100, bytes: 1e9 }, evict: false, now: NOW };
}

async function usage(store: Store, account: AccountKey): Promise<number[]> {
  const ledger = await store.readLedger(account);
  assert.ok(ledger !== undefined);
  const { objects, objectBytes, uploads, uploadBytes } = ledger.usage;
  return [objects, objectBytes, uploads, uploadBytes];
}

function newRoom(expires: number): RoomState {
  const pair = () => [randomBytes(32), randomBytes(32)];
  return { tokens: { newcomer: pair(), admitter: pair() }, expiresAt: expires * 1000 };
}
