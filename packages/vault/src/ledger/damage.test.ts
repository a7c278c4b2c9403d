import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { decode, encode, FormatError } from '@orrery/bytes';
import { deviceNamed, TestAccount } from '../../testing/account.ts';
import { believesSignature } from '../../testing/naive.ts';
import { oldBox, scene } from '../../testing/scenes.ts';
import { classicSuite } from '../device/suite.ts';
import { recordCodec, type LedgerRecord } from './entry.ts';
import { LedgerError } from './ledger-error.ts';
import type { LedgerState } from './state.ts';
import { replayRecords, verifyRecords } from './verify.ts';

const other = deviceNamed('other old box', classicSuite);
const third = deviceNamed('third old box', classicSuite);

/** Commits 2 and 5 precede the newest, 7. Classic machines, because their entries are short. */
async function makeStory(): Promise<TestAccount> {
  const account = await TestAccount.found(oldBox);
  await account.admit(oldBox, other, 'other');
  await account.commit(oldBox, [1, 2]);
  await account.rotate(other);
  await account.rekey(oldBox, [10, 11, 12]);
  await account.commit(other, [20], [12]);
  await account.admit(other, third, 'third');
  await account.commit(third, [30, 31], [20]);
  await account.leave(third);
  return account;
}

/** Whether the records were accepted, and lead to the right state. */
function isAccepted(
  from: LedgerState | undefined,
  records: readonly LedgerRecord[],
  end: LedgerState,
): boolean {
  try {
    assert.deepEqual(verifyRecords(from, records).state, end);
    return true;
  } catch (error) {
    assert.ok(error instanceof LedgerError, String(error));
    return false;
  }
}

function flipped(bytes: Uint8Array, index: number): Uint8Array {
  const copy = bytes.slice();
  copy[index] = (copy[index] ?? 0) ^ (1 << (index % 8));
  return copy;
}

suite('a ledger that a server has damaged', () => {
  let records: readonly LedgerRecord[];
  let end: LedgerState;
  /** The state before each record. */
  let states: readonly (LedgerState | undefined)[];

  before(async () => {
    const account = await makeStory();
    records = account.records;
    end = account.state;
    states = records.map((_, index) =>
      index === 0 ? undefined : replayRecords(undefined, records.slice(0, index)).state,
    );
  });

  test('verifyRecords refuses every entry with a bit flipped', () => {
    let flips = 0;
    for (const [index, record] of records.entries())
      for (let at = 0; at < record.entry.length; at++, flips++) {
        const bad = { ...record, entry: flipped(record.entry, at) };
        const rest = [bad, ...records.slice(index + 1)];
        assert.equal(isAccepted(states[index], rest, end), false, `entry ${index}, byte ${at}`);
      }
    assert.ok(flips > 3000);
  });

  test('verifyRecords refuses every signature with a bit flipped, but of commits before the newest', () => {
    const accepted = new Map<number, number>();
    for (const [index, record] of records.entries())
      for (let at = 0; at < 64; at++) {
        const bad = { ...record, signatures: record.signatures.map((bytes) => flipped(bytes, at)) };
        const isSilent = isAccepted(states[index], [bad, ...records.slice(index + 1)], end);
        if (isSilent) accepted.set(index, (accepted.get(index) ?? 0) + 1);
      }
    assert.deepEqual(
      [...accepted],
      [
        [2, 64],
        [5, 64],
      ],
    );
  });

  test('verifyRecords refuses every entry that is cut short', () => {
    for (const [index, record] of records.entries())
      for (let length = 0; length < record.entry.length; length++) {
        const cut = { ...record, entry: record.entry.subarray(0, length) };
        assert.equal(isAccepted(states[index], [cut], end), false, `entry ${index}, ${length} bytes`);
      }
  });

  test('recordCodec refuses every record that is cut short or followed by a byte', () => {
    for (const record of records) {
      const bytes = encode(recordCodec, record);
      for (let length = 0; length < bytes.length; length++)
        assert.throws(() => decode(recordCodec, bytes.subarray(0, length)), FormatError);
      assert.throws(() => decode(recordCodec, new Uint8Array([...bytes, 0])), FormatError);
    }
  });

  test('verifyRecords accepts the ledger without its newest entries as what it was then', () => {
    for (let count = 1; count < records.length; count++)
      assert.deepEqual(verifyRecords(undefined, records.slice(0, count)).state, states[count]);
  });

  test('verifyRecords refuses the ledger without any other entry', () => {
    for (let index = 0; index < records.length - 1; index++)
      assert.equal(isAccepted(undefined, records.toSpliced(index, 1), end), false, `entry ${index}`);
  });

  test('verifyRecords refuses entries in another order, each of which is signed', () => {
    for (let index = 0; index < records.length - 1; index++) {
      const [first, second] = records.slice(index, index + 2);
      assert.ok(first !== undefined && second !== undefined);
      const swapped = [...records.slice(0, index), second, first, ...records.slice(index + 2)];
      assert.equal(isAccepted(undefined, swapped, end), false, `entries ${index} and ${index + 1}`);
      assert.ok(swapped.every((record) => believesSignature(end, record)));
    }
    assert.equal(isAccepted(undefined, records.toReversed(), end), false);
  });

  test('verifyRecords refuses an entry twice', () => {
    for (const [index, record] of records.entries())
      assert.equal(isAccepted(undefined, records.toSpliced(index, 0, record), end), false, `entry ${index}`);
  });

  test('verifyRecords refuses entries of another account of the same machines', async () => {
    const { records: foreign } = await makeStory();
    for (const [index, record] of foreign.entries()) {
      assert.ok(believesSignature(end, record));
      assert.equal(
        isAccepted(undefined, records.with(index, record), end),
        false,
        `entry ${index} exchanged`,
      );
      for (let at = 0; at <= records.length; at++)
        assert.equal(
          isAccepted(undefined, records.toSpliced(at, 0, record), end),
          false,
          `${index} at ${at}`,
        );
    }
  });

  test('verifyRecords refuses an entry of another branch of the same account', async () => {
    for (let fork = 1; fork < records.length; fork++) {
      const branch = new TestAccount();
      for (const record of records.slice(0, fork)) branch.add(record);
      await branch.rotate(oldBox);
      const [record] = branch.records.slice(-1);
      assert.ok(record !== undefined && believesSignature(end, record));
      for (let at = fork; at <= records.length; at++)
        assert.equal(isAccepted(undefined, records.toSpliced(at, 0, record), end), false, `${fork} at ${at}`);
    }
  });
});

test('verifyRecords refuses entries of post-quantum machines with a bit flipped', async () => {
  const { records, state } = await scene('settled');
  for (const [index, record] of records.entries()) {
    const from = index === 0 ? undefined : replayRecords(undefined, records.slice(0, index)).state;
    for (let part = 0; part < 40; part++) {
      const at = Math.floor((part * record.entry.length) / 40);
      const bad = { ...record, entry: flipped(record.entry, at) };
      const rest = [bad, ...records.slice(index + 1)];
      assert.equal(isAccepted(from, rest, state), false, `entry ${index}, byte ${at}`);
    }
  }
});
