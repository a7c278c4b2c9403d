import { FormatError } from '@orrery/bytes';
import { decodeEntry, type Head, type LedgerRecord } from '../ledger/entry.ts';
import { LedgerError } from '../ledger/ledger-error.ts';
import { MAX_APPEND_RECORDS, MAX_BODY_BYTES } from '../limits.ts';
import type { Remote } from '../remote/remote.ts';

/** Bytes of records that are read before any of them is believed. */
const MAX_UNVERIFIED_BYTES = 256 * 1024 * 1024;

/** Bytes of the records in one append: room for their framing is left in the body. */
const MAX_APPEND_BYTES = MAX_BODY_BYTES / 2;

/**
 * All records after entry `after`, and what the server calls its head. They are verified together, because
 * only the newest commit among them needs its signature.
 * @throws {LedgerError} if the server does not come to an end.
 */
export async function readRecords(
  remote: Remote,
  after: number,
): Promise<{ readonly records: readonly LedgerRecord[]; readonly head: Head }> {
  const records: LedgerRecord[] = [];
  let bytes = 0;
  for (;;) {
    const page = await remote.ledger(after + records.length);
    records.push(...page.records);
    bytes += page.records.reduce((sum, record) => sum + sizeOf(record), 0);
    if (page.records.length === 0 || after + records.length >= page.head.number)
      return { records, head: page.head };
    if (bytes > MAX_UNVERIFIED_BYTES)
      throw new LedgerError(
        'invalid',
        `Cannot read the server's ledger: more than ${MAX_UNVERIFIED_BYTES} bytes after entry ${after}`,
      );
  }
}

/** Groups records into appends that a server takes. */
export function inAppends(records: readonly LedgerRecord[]): LedgerRecord[][] {
  const appends: LedgerRecord[][] = [];
  let bytes = 0;
  for (const record of records) {
    const last = appends.at(-1);
    bytes += sizeOf(record);
    if (last !== undefined && last.length < MAX_APPEND_RECORDS && bytes <= MAX_APPEND_BYTES) {
      last.push(record);
    } else {
      appends.push([record]);
      bytes = sizeOf(record);
    }
  }
  return appends;
}

/** Signatures count, too, and so does a record of nothing. */
function sizeOf({ entry, signatures }: LedgerRecord): number {
  return signatures.reduce((sum, { length }) => sum + length, entry.length + 64);
}

/** The hash that the record says it follows; undefined if it cannot be read, which its verification then explains. */
export function previousOf(record: LedgerRecord): Uint8Array | undefined {
  try {
    return decodeEntry(record.entry).previous;
  } catch (cause) {
    if (cause instanceof FormatError) return undefined;
    throw cause;
  }
}
