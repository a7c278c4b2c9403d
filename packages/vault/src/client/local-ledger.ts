import { closeSync, constants, fsyncSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { concat, decode, encode, FormatError, Reader, struct, uint64, nested } from '@orrery/bytes';
import { DiskError } from '@orrery/disk';
import { explain } from '@orrery/disk';
import { recordCodec, type LedgerRecord } from '../ledger/entry.ts';
import { stateCodec } from '../ledger/state-codec.ts';
import type { LedgerState } from '../ledger/state.ts';
import { replayRecords, type Verified, type VerifiedEntry } from '../ledger/verify.ts';
import { DamagedStateError, readOwn } from './damaged.ts';
import type { Home } from './home.ts';

const MAX_STATE_BYTES = 256 * 1024 * 1024;

/** The state after the first `length` bytes of the ledger file. */
const snapshotCodec = struct({ length: uint64, state: nested(stateCodec, MAX_STATE_BYTES) });

/**
 * The entries that this machine has verified, appended to one file and flushed before anything
 * is done because of them, and the state that they lead to. The state file only saves the replay.
 */
export class LocalLedger {
  readonly #home: Home;
  #state: LedgerState;
  #length: number;

  /** The ledger of a home that is set up. @throws {DamagedStateError} */
  static open(home: Home): LocalLedger {
    const snapshot = readSnapshot(home);
    const size = statSync(home.file('ledger'), { throwIfNoEntry: false })?.size ?? 0;
    if (snapshot !== undefined && Number(snapshot.length) === size)
      return new LocalLedger(home, snapshot.state, size);
    const { records, length } = readRecords(home);
    // A crash leaves at most a torn tail behind what the snapshot covers; anything less would unpin the head.
    if (snapshot !== undefined && length < Number(snapshot.length))
      throw new DamagedStateError(
        home.file('ledger'),
        `it is damaged after ${length} of ${snapshot.length} bytes`,
      );
    const { state } = readOwn(home.file('ledger'), () => replayRecords(undefined, records));
    const ledger = new LocalLedger(home, state, length);
    if (home.writable) ledger.#writeSnapshot();
    return ledger;
  }

  /** Begins the ledger of an account that was just founded or joined. */
  static create(home: Home, verified: Verified): LocalLedger {
    const bytes = encodeRecords(verified.entries);
    home.write('ledger', bytes);
    const ledger = new LocalLedger(home, verified.state, bytes.length);
    ledger.#writeSnapshot();
    return ledger;
  }

  private constructor(home: Home, state: LedgerState, length: number) {
    this.#home = home;
    this.#state = state;
    this.#length = length;
  }

  get state(): LedgerState {
    return this.#state;
  }

  /**
   * The records that lead to the state; those that another process has written since are not among them.
   * @throws {DamagedStateError}
   */
  records(): readonly LedgerRecord[] {
    const count = this.#state.head.number + 1;
    const { records } = readRecords(this.#home);
    if (records.length >= count) return records.slice(0, count);
    throw new DamagedStateError(
      this.#home.file('ledger'),
      `it has ${records.length} whole entries, ${count} expected`,
    );
  }

  /** All entries that lead to the state, and those of `more` behind them. @throws {DamagedStateError} */
  history(more: readonly LedgerRecord[]): readonly VerifiedEntry[] {
    const records = [...this.records(), ...more];
    return readOwn(this.#home.file('ledger'), () => replayRecords(undefined, records).entries);
  }

  /** Writes verified entries down for good: the new pinned head. */
  append(verified: Verified): void {
    if (verified.entries.length > 0) {
      const bytes = encodeRecords(verified.entries);
      appendFlushed(this.#home.file('ledger'), this.#length, bytes);
      this.#length += bytes.length;
    }
    this.#state = verified.state;
    this.#writeSnapshot();
  }

  #writeSnapshot(): void {
    this.#home.write('state', encode(snapshotCodec, { length: BigInt(this.#length), state: this.#state }));
  }
}

/** A snapshot that cannot be read counts as none: the ledger itself has everything. */
function readSnapshot(home: Home): { readonly length: bigint; readonly state: LedgerState } | undefined {
  try {
    const bytes = home.read('state');
    return bytes === undefined ? undefined : decode(snapshotCodec, bytes);
  } catch (cause) {
    if (cause instanceof FormatError || cause instanceof DiskError) return undefined;
    throw cause;
  }
}

/** The whole records of the file; a last one that a crash cut short does not count. */
function readRecords(home: Home): { readonly records: readonly LedgerRecord[]; readonly length: number } {
  const bytes = home.read('ledger');
  if (bytes === undefined) throw new DamagedStateError(home.file('ledger'), 'it is missing');
  const reader = new Reader(bytes);
  const records: LedgerRecord[] = [];
  let length = 0;
  while (reader.remaining > 0) {
    try {
      records.push(recordCodec.read(reader));
      length = reader.offset;
    } catch (cause) {
      if (cause instanceof FormatError) break;
      throw cause;
    }
  }
  return { records, length };
}

function encodeRecords(entries: readonly VerifiedEntry[]): Uint8Array {
  return concat(...entries.map(({ record }) => encode(recordCodec, record)));
}

/** What a failure leaves behind the first `length` bytes, the next append or reader passes over. */
function appendFlushed(path: string, length: number, bytes: Uint8Array): void {
  try {
    const file = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    try {
      ftruncateSync(file, length);
      for (let written = 0; written < bytes.length;)
        written += writeSync(file, bytes, written, bytes.length - written, length + written);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw explain('append to', path, cause);
  }
}
