import { type Check } from './check.ts';
import { appendTo, create, found, NOW, sealed, upload } from './samples.ts';
import { randomBytes } from '@orrery/crypto';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

/** What is forgotten, counted and copied. */
export function upkeepCases(check: Check): void {
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

  check('a store that was closed does not answer', async (_, { openBackup, newFile }) => {
    const store = await openBackup(newFile());
    await store.close();
    await assert.rejects(store.check());
    await assert.rejects(store.backup(newFile()));
  });
}
