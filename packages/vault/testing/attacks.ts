import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeEntry, type LedgerRecord } from '../src/ledger/entry.ts';
import { verifyRecords } from '../src/ledger/verify.ts';
import type { TestAccount } from './account.ts';
import { believesLinks, believesSignature } from './naive.ts';
import { refusal } from './refusal.ts';
import { scene, type SceneName } from './scenes.ts';

/** An entry that must be refused. */
export interface Attack {
  readonly name: string;
  readonly in: SceneName;
  readonly forge: (account: TestAccount) => Promise<LedgerRecord>;
  /** How the refusal ends. */
  readonly says: string;
}

/** One test for each attack: it is refused, although a naive verifier would believe it. */
export function testAttacks(attacks: readonly Attack[]): void {
  for (const attack of attacks)
    test(`verifyRecords refuses ${attack.name}`, async () => {
      const account = await scene(attack.in);
      const record = await attack.forge(account);
      const { state } = account;
      const { number } = decodeEntry(record.entry);
      const says = `Cannot accept ledger entry ${number}: ${attack.says}`;
      assert.throws(() => verifyRecords(state, [record]), refusal('invalid', says));
      assert.ok(believesLinks(state, record) || believesSignature(state, record), 'nobody would be fooled');
    });
}
