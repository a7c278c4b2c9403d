import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commentsIn, testKey } from '../../testing/agent.ts';
import type { AddedKey } from './added-key.ts';
import { KeyStore } from './key-store.ts';

function added(number: number, comment = `key ${number}`): AddedKey {
  const key = testKey(number, comment);
  return { publicKey: key.publicKey, comment, signer: key.signer() };
}

test('KeyStore forgets a key at its end, whether or not somebody asks', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  let forgotten = 0;
  const store = new KeyStore({ onForget: () => (forgotten += 1) });
  store.add(added(1), { lifetimeSeconds: 10 });
  store.add(added(2), {});
  t.mock.timers.tick(9_999);
  assert.deepEqual(commentsIn(store), ['key 1', 'key 2']);
  assert.equal(forgotten, 0);
  t.mock.timers.tick(1);
  assert.equal(forgotten, 1);
  assert.deepEqual(commentsIn(store), ['key 2']);
  assert.equal(store.get(added(1).publicKey), undefined);
});

test('KeyStore forgets by the clock what its timers slept through', (t) => {
  t.mock.timers.enable({ apis: ['Date'] });
  const store = new KeyStore();
  store.add(added(1), { lifetimeSeconds: 10 });
  t.mock.timers.setTime(10_000);
  assert.equal(store.get(added(1).publicKey), undefined);
});

test('KeyStore waits for longer than a timer can', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const store = new KeyStore();
  const month = 30 * 24 * 3600;
  store.add(added(1), { lifetimeSeconds: month });
  t.mock.timers.tick(month * 1000 - 1);
  assert.deepEqual(commentsIn(store), ['key 1']);
  t.mock.timers.tick(1);
  assert.deepEqual(commentsIn(store), []);
});

test('KeyStore gives keys its own lifetime unless they have one, and a key that comes again a new one', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const store = new KeyStore({ lifetimeSeconds: 5 });
  store.add(added(1), {});
  store.add(added(2), { lifetimeSeconds: 20 });
  t.mock.timers.tick(4_000);
  store.add(added(1, 'again'), {});
  t.mock.timers.tick(4_000);
  assert.deepEqual(commentsIn(store), ['again', 'key 2']);
  t.mock.timers.tick(1_000);
  assert.deepEqual(commentsIn(store), ['key 2']);
});

test('KeyStore forgets a key for 0 seconds at once, whatever its own lifetime', () => {
  for (const store of [new KeyStore(), new KeyStore({ lifetimeSeconds: 5 })]) {
    store.add(added(1), { lifetimeSeconds: 0 });
    assert.deepEqual(commentsIn(store), []);
  }
  const store = new KeyStore({ lifetimeSeconds: 0 });
  store.add(added(1), {});
  assert.deepEqual(commentsIn(store), ['key 1']);
});

test('KeyStore forgets a key at its end, though the clock was turned back', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const store = new KeyStore();
  store.add(added(1), { lifetimeSeconds: 10 });
  t.mock.timers.tick(10_000); // and not a moment by the clock
  assert.deepEqual(commentsIn(store), []);
});

test('KeyStore takes no more keys than a list can hold', () => {
  const store = new KeyStore();
  const long = 'x'.repeat(4000);
  let taken = 0;
  while (taken < 100 && store.add(added(taken + 1, long), {})) taken += 1;
  assert.equal(taken, 21);
});
