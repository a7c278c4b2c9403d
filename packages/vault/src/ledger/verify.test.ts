import assert from 'node:assert/strict';
import { test } from 'node:test';
import { believesSignature } from '../../testing/naive.ts';
import { objectRef, type TestAccount } from '../../testing/account.ts';
import { forge } from '../../testing/forge.ts';
import { refusal } from '../../testing/refusal.ts';
import { laptop, oldBox, phone, scene, stranger } from '../../testing/scenes.ts';
import { decodeEntry, type LedgerRecord } from './entry.ts';
import { replayRecords, verifyRecords } from './verify.ts';

const unsigned = 'its signature does not verify';

function kindOf({ entry }: LedgerRecord): string {
  return decodeEntry(entry).change.kind;
}

function withoutSignatures(record: LedgerRecord | undefined): LedgerRecord {
  return { entry: record?.entry ?? new Uint8Array(), signatures: [] };
}

/** Genesis, admission, two commits, admission: the newest commit is not the newest entry. */
async function story(): Promise<TestAccount> {
  const account = await scene('empty');
  await account.admit(laptop, phone, 'phone');
  await account.commit(laptop, [1]);
  await account.commit(phone, [2]);
  await account.admit(laptop, oldBox, 'old box', true);
  return account;
}

test('verifyRecords gives the state and every entry with its hash', async () => {
  const { records, state } = await scene('settled');
  const verified = verifyRecords(undefined, records);
  assert.deepEqual(verified.state, state);
  assert.deepEqual(
    verified.entries.map(({ entry }) => entry.change.kind),
    ['genesis', 'admit', 'admit', 'admit', 'commit', 'remove', 'rekeyed', 'commit'],
  );
  assert.deepEqual(verified.entries.at(-1)?.hash, state.head.hash);
  assert.deepEqual(
    verified.entries.map(({ record }) => record),
    records,
  );
});

test('verifyRecords needs the signatures of all entries but commits before the newest', async () => {
  const { records, state } = await story();
  assert.deepEqual(records.map(kindOf), ['genesis', 'admit', 'commit', 'commit', 'admit']);
  for (const [index, record] of records.entries()) {
    const stripped = records.with(index, withoutSignatures(record));
    if (index === 2) assert.deepEqual(verifyRecords(undefined, stripped).state, state);
    else
      assert.throws(
        () => verifyRecords(undefined, stripped),
        refusal('invalid', `Cannot accept ledger entry ${index}: ${unsigned}`),
      );
  }
});

test('verifyRecords needs the signature of the newest commit of each batch', async () => {
  const { records } = await story();
  const stripped = records.with(2, withoutSignatures(records[2]));
  const { state } = verifyRecords(undefined, stripped.slice(0, 2));
  assert.throws(() => verifyRecords(state, stripped.slice(2, 3)), refusal('invalid', unsigned));
  assert.equal(verifyRecords(state, stripped.slice(2)).state.head.number, 4);
});

test('verifyRecords refuses a commit that was exchanged before a later signature', async () => {
  const account = await scene('empty');
  const forged = await forge(account, laptop, account.commitOf([2]), { signatures: () => [] });
  await account.commit(laptop, [1]);
  await account.commit(laptop, [3]);
  const records = account.records.with(1, forged);
  const [, , last] = records;
  assert.ok(last !== undefined && believesSignature(account.state, last));
  assert.throws(
    () => verifyRecords(undefined, records),
    refusal('invalid', 'Cannot accept ledger entry 2: it does not follow the entry before it'),
  );
});

test('verifyRecords lets who signs a commit vouch for the commits before it', async () => {
  const account = await scene('settled');
  const alleged = await forge(account, phone, account.commitOf([30]), { device: laptop });
  assert.throws(() => verifyRecords(account.state, [alleged]), refusal('invalid', unsigned));
  const { state } = replayRecords(account.state, [alleged]);
  const place = { number: 9, previous: state.head.hash };
  const vouching = await forge(account, phone, account.commitOf([31]), place);
  const accepted = verifyRecords(account.state, [alleged, vouching]).state;
  assert.deepEqual(accepted.manifests.slice(-2), [objectRef(30), objectRef(31)]);
  assert.deepEqual(accepted.committed?.by, phone.id);
});

test('verifyRecords changes nothing of the state before, whether it accepts or refuses', async () => {
  const account = await scene('settled');
  const before = account.state;
  const copy = structuredClone({ live: before.live, dropped: before.dropped, members: before.members });
  const good = await forge(account, laptop, account.commitOf([30], [13]));
  const { hash } = verifyRecords(before, [good]).state.head;
  const bad = await forge(account, laptop, account.commitOf([30]), { number: 9, previous: hash });
  assert.throws(() => verifyRecords(before, [good, bad]), refusal('invalid', 'which was named before'));
  assert.deepEqual({ live: before.live, dropped: before.dropped, members: before.members }, copy);
});

test('replayRecords checks the chain and the rules, and no signatures of entries', async () => {
  const { records, state } = await scene('settled');
  assert.deepEqual(replayRecords(undefined, records.map(withoutSignatures)).state, state);
  assert.throws(
    () => replayRecords(undefined, records.toSpliced(4, 1)),
    refusal('invalid', 'Cannot accept ledger entry 5: number 4 expected'),
  );
  const account = await scene('settled');
  const foreign = await forge(account, stranger, account.commitOf([30]));
  assert.throws(
    () => replayRecords(state, [foreign]),
    refusal('invalid', `its author ${stranger.id.toHex()} is not admitted`),
  );
});
