import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode, equal, string, struct, text } from '@orrery/bytes';
import type { DeviceKeys } from '../src/device/keys.ts';
import { verifiersOf } from '../src/device/keys.ts';
import { Label } from '../src/labels.ts';
import { decodeEntry, type LedgerRecord } from '../src/ledger/entry.ts';
import { findMember, type LedgerState } from '../src/ledger/state.ts';
import { verifyRecords } from '../src/ledger/verify.ts';
import type { TestAccount } from './account.ts';
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

/** A naive verifier: believes what follows the entry before it. */
function believesLinks(state: LedgerState, { entry }: LedgerRecord): boolean {
  const { number, previous } = decodeEntry(entry);
  return number === state.head.number + 1 && equal(previous, state.head.hash);
}

/** A naive verifier: believes what a device of the account has signed, with any of its keys. */
function believesSignature(state: LedgerState, { entry, signatures }: LedgerRecord): boolean {
  const author = findMember(state, decodeEntry(entry).device);
  return author !== undefined && signatures.some((signature) => isSigned(author.keys, entry, signature));
}

function isSigned(keys: DeviceKeys, entry: Uint8Array, signature: Uint8Array): boolean {
  const labelled = struct({ label: text(64), message: string(2 ** 21) });
  const message = encode(labelled, { label: Label.entrySignature, message: entry });
  return verifiersOf(keys).some((verifier) => verifier.verify(message, signature));
}
