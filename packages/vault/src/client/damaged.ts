import { FormatError } from '@orrery/bytes';
import { DiskError } from '@orrery/disk';
import { LedgerError } from '../ledger/ledger-error.ts';

/** A file of this machine's own state is missing or is not what this program wrote. Nobody else is to blame for it. */
export class DamagedStateError extends Error {
  override readonly name = 'DamagedStateError';

  constructor(path: string, why: string, cause?: unknown) {
    super(`Cannot use "${path}": ${why}`, cause === undefined ? {} : { cause });
  }
}

/** Reads what this machine wrote to `path`. @throws {DamagedStateError} if it cannot be read as that. */
export function readOwn<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const isDamage =
      cause instanceof FormatError ||
      cause instanceof RangeError ||
      cause instanceof LedgerError ||
      (cause instanceof DiskError && (cause.code === 'too-large' || cause.code === 'not-regular'));
    throw isDamage ? new DamagedStateError(path, 'it is damaged', cause) : cause;
  }
}
