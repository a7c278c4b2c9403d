import { LedgerError, type LedgerErrorCode } from '../src/ledger/ledger-error.ts';

/** For assert.throws and assert.rejects: a LedgerError with this code whose message ends so. */
export function refusal(code: LedgerErrorCode, ending: string): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof LedgerError)) throw error;
    if (error.code === code && error.message.endsWith(ending)) return true;
    throw new TypeError(`found ${error.code}: ${error.message}; expected ${code}: ... ${ending}`, {
      cause: error,
    });
  };
}
