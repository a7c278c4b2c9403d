import {
  LedgerError,
  verifyRecords,
  type LedgerRecord,
  type LedgerState,
  type Verified,
} from '@orrery/vault';
import { Refusal } from './errors.ts';

/** `verifyRecords`, whose objection the client is told. @throws {Refusal} 422 */
export function verifyEntries(before: LedgerState | undefined, records: readonly LedgerRecord[]): Verified {
  try {
    return verifyRecords(before, records);
  } catch (cause) {
    if (cause instanceof LedgerError) throw new Refusal(422, 'invalid-entry', cause.message);
    throw cause;
  }
}
