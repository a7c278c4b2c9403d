import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectId, TestAccount } from '../../testing/account.ts';
import { forge } from '../../testing/forge.ts';
import { oldBox } from '../../testing/scenes.ts';
import { encodeEntry, entryHash, type LedgerRecord } from './entry.ts';
import type { LedgerState } from './state.ts';
import { verifyRecords } from './verify.ts';

const COMMITS = 10_000;
const KEPT = 2_000;

/** Counts how often it is walked through from its beginning. */
class CountingMap<K, V> extends Map<K, V> {
  walks = 0;

  override [Symbol.iterator](): MapIterator<[K, V]> {
    this.walks++;
    return super[Symbol.iterator]();
  }
}

class CountingSet<T> extends Set<T> {
  walks = 0;

  override [Symbol.iterator](): SetIterator<T> {
    this.walks++;
    return super[Symbol.iterator]();
  }
}

/** An account that keeps 2,000 objects, and 10,000 commits after that, of which the newest alone is signed. */
async function makeLong(): Promise<{ state: LedgerState; commits: readonly LedgerRecord[] }> {
  const account = await TestAccount.found(oldBox);
  await account.commit(
    oldBox,
    Array.from({ length: KEPT }, (_, index) => index + 1),
  );
  const { state, time } = account;
  const commits: LedgerRecord[] = [];
  let previous = state.head.hash;
  for (let index = 0; index < COMMITS; index++) {
    const change = account.commitOf([KEPT + 1 + index], [1 + index]);
    const place = { number: 2 + index, previous };
    const entry = encodeEntry({ ...place, time: BigInt(time), device: oldBox.id, change });
    const isNewest = index === COMMITS - 1;
    commits.push(isNewest ? await forge(account, oldBox, change, place) : { entry, signatures: [] });
    previous = entryHash(entry);
  }
  return { state, commits };
}

test('verifyRecords walks once through the objects of a state, however many commits follow', async () => {
  const { state, commits } = await makeLong();
  const live = new CountingMap(state.live);
  const dropped = new CountingSet(state.dropped);
  const verified = verifyRecords({ ...state, live, dropped }, commits).state;
  assert.deepEqual([live.walks, dropped.walks], [1, 1]);
  assert.equal(verified.head.number, 10_001);
  assert.equal(verified.live.size, 2_000);
  assert.equal(verified.dropped.size, 10_000);
  const [oldest] = verified.live.keys();
  assert.equal(oldest, objectId(10_001).toHex());
  assert.deepEqual([live.size, dropped.size], [2_000, 0]);
});

test('verifyRecords walks through no objects for entries that change none', async () => {
  const { state } = await makeLong();
  const live = new CountingMap(state.live);
  const dropped = new CountingSet(state.dropped);
  const before = { ...state, live, dropped };
  assert.equal(verifyRecords(before, []).state, before);
  assert.deepEqual([live.walks, dropped.walks], [0, 0]);
});
