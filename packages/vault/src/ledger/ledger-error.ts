/**
 * Why a ledger is not accepted.
 * `invalid`: an entry breaks a rule. `upgrade`: an entry that only a newer version knows.
 * `rollback`: fewer entries than seen before. `fork`: other entries than seen before.
 */
export type LedgerErrorCode = 'invalid' | 'upgrade' | 'rollback' | 'fork';

export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Throws `invalid` unless the rule holds. */
export function require(rule: boolean, message: string): asserts rule {
  if (!rule) throw new LedgerError('invalid', message);
}
