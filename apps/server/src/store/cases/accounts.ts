import { type Check } from './check.ts';
import { appendTo, create, found, newAccount, sealed, upload } from './samples.ts';
import { randomBytes } from '@orrery/crypto';
import assert from 'node:assert/strict';

/** Accounts and their devices. */
export function accountsCases(check: Check): void {
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
}
