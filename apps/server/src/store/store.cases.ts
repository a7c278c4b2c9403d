import { test } from 'node:test';
import { accountsCases } from './cases/accounts.ts';
import type { Check, StoreUnderTest } from './cases/check.ts';
import { ledgerCases } from './cases/ledger.ts';
import { objectsCases } from './cases/objects.ts';
import { roomsCases } from './cases/rooms.ts';
import { upkeepCases } from './cases/upkeep.ts';

/** What every store must do. `make` gives an empty one. */
export function storeTests(name: string, make: () => Promise<StoreUnderTest>): void {
  const check: Check = (title, body) => {
    test(`${name}: ${title}`, async () => {
      const made = await make();
      try {
        await body(made.store, made);
      } finally {
        await made.store.close();
      }
    });
  };
  for (const cases of [accountsCases, ledgerCases, objectsCases, roomsCases, upkeepCases]) cases(check);
}
