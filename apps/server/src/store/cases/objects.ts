import { type Check } from './check.ts';
import { appendTo, create, DAY, NOW, sealed, upload, usage } from './samples.ts';
import { randomBytes } from '@orrery/crypto';
import assert from 'node:assert/strict';

/** Sealed objects. */
export function objectsCases(check: Check): void {
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
}
