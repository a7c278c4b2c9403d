import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deviceNamed, TestAccount } from '../../testing/account.ts';
import { fingerprint } from '../device/keys.ts';
import { classicSuite } from '../device/suite.ts';
import { verifyRecords } from '../ledger/verify.ts';
import { newsOf } from './news.ts';

const laptop = deviceNamed('laptop');
const desktop = deviceNamed('desktop', classicSuite);
const migrated = deviceNamed('desktop migrated');
const phone = deviceNamed('phone');

/** An account in which everything happened that is news. */
async function makeEventful(): Promise<TestAccount> {
  const account = await TestAccount.found(laptop);
  await account.admit(laptop, desktop, 'desktop', true);
  await account.commit(desktop, [1]);
  await account.rotate(desktop);
  await account.rekey(laptop, [2, 3]);
  await account.migrate(desktop, migrated, 'desktop');
  await account.rekey(laptop, [4, 5]);
  await account.admit(migrated, phone, 'phone');
  await account.rotate(laptop, [phone]);
  await account.leave(migrated);
  return account;
}

describe('newsOf', () => {
  it('tells admissions, removals, departures, migrations and rotations by others, oldest first', async () => {
    const { records } = await makeEventful();
    const { state, entries } = verifyRecords(undefined, records);
    const told = newsOf(state, entries, laptop.id).map(({ kind, number, by, machines }) => ({
      kind,
      number,
      by,
      machines: machines.map(({ name, suite }) => `${name} ${suite}`),
    }));
    assert.deepEqual(told, [
      { kind: 'rotated', number: 3, by: 'desktop', machines: [] },
      { kind: 'migrated', number: 5, by: 'desktop', machines: ['desktop mldsa65-ed25519-xwing'] },
      { kind: 'admitted', number: 7, by: 'desktop', machines: ['phone mldsa65-ed25519-xwing'] },
      { kind: 'left', number: 9, by: 'desktop', machines: ['desktop mldsa65-ed25519-xwing'] },
    ]);
  });

  it('leaves out what this machine did itself, and names the fingerprint of each machine', async () => {
    const { records } = await makeEventful();
    const { state, entries } = verifyRecords(undefined, records);
    const told = newsOf(state, entries, migrated.id).filter(({ by }) => by === 'laptop');
    assert.deepEqual(
      told.map(({ kind, machines }) => [kind, machines.map((machine) => machine.fingerprint)]),
      [
        ['admitted', [fingerprint(desktop.id)]],
        ['removed', [fingerprint(phone.id)]],
      ],
    );
    assert.equal(told[0]?.time, entries[1]?.entry.time);
  });
});
