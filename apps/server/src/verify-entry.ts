import { LedgerError, verifyRecords, type LedgerRecord, type LedgerState } from '@orrery/vault';
import { Refusal } from './errors.ts';

/**
 * The state after a record that continues `before`, whose own signature is verified: none gets in under that of a later
 * one. An objection is told the client. @throws {Refusal} 422
 */
export function verifyEntry(before: LedgerState | undefined, record: LedgerRecord): LedgerState {
  try {
    return verifyRecords(before, [record]).state;
  } catch (cause) {
    if (cause instanceof LedgerError) throw new Refusal(422, 'invalid-entry', cause.message);
    throw cause;
  }
}
