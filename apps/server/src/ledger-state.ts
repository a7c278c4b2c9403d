import { decode, FormatError } from '@orrery/bytes';
import { MAX_PAGE_RECORDS, recordCodec, replayRecords, stateCodec, type LedgerState } from '@orrery/vault';
import type { AccountKey, Store, Usage } from './store/store.ts';

export interface LoadedLedger {
  readonly state: LedgerState;
  readonly usage: Usage;
}

const PAGE_BYTES = 8 * 1024 * 1024;

/** The state of an account's ledger; undefined if the account was closed. */
export async function readLedgerState(store: Store, account: AccountKey): Promise<LoadedLedger | undefined> {
  const ledger = await store.readLedger(account);
  if (ledger === undefined) return undefined;
  const { usage } = ledger;
  try {
    return { state: decode(stateCodec, ledger.state), usage };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    // An earlier version wrote it in another form. The records say the same.
    return { state: await replay(store, account), usage };
  }
}

async function replay(store: Store, account: AccountKey): Promise<LedgerState> {
  let state: LedgerState | undefined;
  for (;;) {
    const page = await store.readRecords(account, state?.head.number ?? -1, MAX_PAGE_RECORDS, PAGE_BYTES);
    if (page.length === 0) break;
    ({ state } = replayRecords(
      state,
      page.map((record) => decode(recordCodec, record)),
    ));
  }
  if (state === undefined) throw new TypeError('Cannot read ledger: it has no record');
  return state;
}
