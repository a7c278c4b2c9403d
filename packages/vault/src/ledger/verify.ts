import { equal, FormatError, UnknownKindError } from '@orrery/bytes';
import type { DeviceKeys } from '../device/keys.ts';
import { verifyLabelled } from '../device/signing.ts';
import { Label } from '../labels.ts';
import { MAX_TIME } from '../limits.ts';
import { decodeEntry, entryHash, HASH_LENGTH, type Entry, type LedgerRecord } from './entry.ts';
import { LedgerError, require } from './ledger-error.ts';
import { trackObjects } from './objects.ts';
import { found, rules, type Effect } from './rules.ts';
import { findMember, isClosed, type LedgerState } from './state.ts';

/** An entry that has been accepted, with the bytes it came in. */
export interface VerifiedEntry {
  readonly entry: Entry;
  readonly hash: Uint8Array;
  readonly record: LedgerRecord;
}

export interface Verified {
  readonly state: LedgerState;
  readonly entries: readonly VerifiedEntry[];
}

/**
 * Checks that `records` continue `before` (undefined: that they begin with a genesis) by every rule
 * of PROTOCOL.md, with the signatures of all membership entries and of the newest commit.
 * A server that lies can at most leave newest entries out.
 * @throws {LedgerError} `invalid` or `upgrade`; nothing of the records counts then.
 */
export function verifyRecords(before: LedgerState | undefined, records: readonly LedgerRecord[]): Verified {
  const entries = records.map(decodeRecord);
  const newestCommit = entries.findLastIndex(({ entry }) => entry.change.kind === 'commit');
  return follow(
    before,
    entries,
    ({ entry }, index) => entry.change.kind !== 'commit' || index === newestCommit,
  );
}

/**
 * Replays records that this machine has verified before: the chain and the rules, and no signatures
 * but those inside the entries, of newcomers.
 * @throws {LedgerError} if they were damaged since.
 */
export function replayRecords(before: LedgerState | undefined, records: readonly LedgerRecord[]): Verified {
  return follow(before, records.map(decodeRecord), () => false);
}

function follow(
  before: LedgerState | undefined,
  entries: readonly VerifiedEntry[],
  isSigned: (verified: VerifiedEntry, index: number) => boolean,
): Verified {
  const applyObjects = trackObjects(before ?? { live: new Map(), dropped: new Set() });
  let state = before;
  for (const [index, verified] of entries.entries()) {
    const { entry, hash } = verified;
    const signed = isSigned(verified, index);
    const known = state;
    state = inEntry(entry.number, () => {
      if (known === undefined) return begin(verified, signed);
      const { objects, ...fields } = continued(known, verified, signed);
      const tables = objects === undefined ? {} : applyObjects(objects);
      return { ...known, ...fields, ...tables, head: { number: entry.number, hash } };
    });
  }
  if (state === undefined) throw new LedgerError('invalid', 'Cannot accept ledger: it has no entry');
  return { state, entries };
}

function decodeRecord(record: LedgerRecord, index: number): VerifiedEntry {
  try {
    return { entry: decodeEntry(record.entry), hash: entryHash(record.entry), record };
  } catch (cause) {
    if (cause instanceof UnknownKindError)
      throw new LedgerError(
        'upgrade',
        `Cannot read ledger entry of kind "${cause.kind}": this version does not know it`,
        { cause },
      );
    throw new LedgerError('invalid', `Cannot read ledger record ${index}: it is malformed`, { cause });
  }
}

function begin({ entry, hash, record }: VerifiedEntry, signed: boolean): LedgerState {
  const { change } = entry;
  require(change.kind === 'genesis', `it is of kind "${change.kind}", a genesis expected`);
  require(entry.number === 0 &&
    equal(entry.previous, new Uint8Array(HASH_LENGTH)), 'it does not stand at the beginning');
  demandTime(entry);
  const founded = found(change, entry, hash);
  if (signed) demandSignature(change.keys, record);
  return founded;
}

function continued(state: LedgerState, { entry, record }: VerifiedEntry, signed: boolean): Effect {
  require(entry.change.kind !== 'genesis', 'it founds an account that exists');
  require(entry.number === state.head.number + 1, `number ${state.head.number + 1} expected`);
  require(equal(entry.previous, state.head.hash), 'it does not follow the entry before it');
  demandTime(entry);
  require(!isClosed(state), 'it follows the end of the account');
  const author = findMember(state, entry.device);
  require(author !== undefined &&
    author.removed === undefined, `its author ${entry.device.toHex()} is not admitted`);
  if (signed) demandSignature(author.keys, record);
  return effectOf(state, entry);
}

function effectOf(state: LedgerState, entry: Entry): Effect {
  const { change } = entry;
  switch (change.kind) {
    case 'admit':
      return rules.admit(state, change, entry);
    case 'commit':
      return rules.commit(state, change, entry);
    case 'rotate':
      return rules.rotate(state, change, entry);
    case 'rekeyed':
      return rules.rekeyed(state, change, entry);
    case 'remove':
      return rules.remove(state, change, entry);
    case 'migrate':
      return rules.migrate(state, change, entry);
    case 'genesis':
      return {};
  }
}

/** Nothing is decided upon a time, but every program must be able to show it. */
function demandTime({ time }: Entry): void {
  require(time <= MAX_TIME, `its time ${time} is after the year 9999`);
}

function demandSignature(keys: DeviceKeys, record: LedgerRecord): void {
  require(verifyLabelled(
    keys,
    Label.entrySignature,
    record.entry,
    record.signatures,
  ), 'its signature does not verify');
}

/** Says which entry broke the rule. */
function inEntry<T>(number: number, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    if (cause instanceof UnknownKindError)
      throw new LedgerError(
        'upgrade',
        `Cannot accept ledger entry ${number}: algorithm suite "${cause.kind}" is not known`,
        { cause },
      );
    if (cause instanceof LedgerError || cause instanceof FormatError)
      throw new LedgerError('invalid', `Cannot accept ledger entry ${number}: ${cause.message}`, { cause });
    throw cause;
  }
}
