import { type Check } from './check.ts';
import { appendTo, create, found, sealed, upload, usage } from './samples.ts';
import { randomBytes } from '@orrery/crypto';
import assert from 'node:assert/strict';

/** The ledger of an account. */
export function ledgerCases(check: Check): void {
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
}
