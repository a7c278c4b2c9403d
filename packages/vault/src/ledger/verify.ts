import { equal, FormatError, UnknownKindError } from '@orrery/bytes';
import type { DeviceKeys } from '../device/keys.ts';
import { verifyLabelled } from '../device/signing.ts';
import { Label } from '../labels.ts';
import { FULL_EVERY } from '../manifest.ts';
import { decodeEntry, entryHash, HASH_LENGTH, type Entry, type LedgerRecord } from './entry.ts';
import { LedgerError, require } from './ledger-error.ts';
import { found, mayWrite, rules } from './rules.ts';
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
  let state = before;
  for (const [index, verified] of entries.entries()) {
    const signed = verified.entry.change.kind !== 'commit' || index === newestCommit;
    state = inEntry(verified.entry.number, () => step(state, verified, signed));
  }
  if (state === undefined) throw new LedgerError('invalid', 'Cannot accept ledger: it has no entry');
  return { state, entries };
}

/**
 * Replays records that this machine has verified before: the chain and the rules, no signatures.
 * @throws {LedgerError} if they were damaged since.
 */
export function replayRecords(before: LedgerState | undefined, records: readonly LedgerRecord[]): Verified {
  const entries = records.map(decodeRecord);
  let state = before;
  for (const verified of entries) state = inEntry(verified.entry.number, () => step(state, verified, false));
  if (state === undefined) throw new LedgerError('invalid', 'Cannot read ledger: it has no entry');
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

function step(state: LedgerState | undefined, verified: VerifiedEntry, signed: boolean): LedgerState {
  const { entry, hash, record } = verified;
  const { change } = entry;
  if (state === undefined) {
    require(change.kind === 'genesis', `it is of kind "${change.kind}", a genesis expected`);
    require(entry.number === 0 &&
      equal(entry.previous, new Uint8Array(HASH_LENGTH)), 'it does not stand at the beginning');
    const founded = found(change, entry, hash);
    demandSignature(change.keys, record);
    return founded;
  }
  require(change.kind !== 'genesis', 'it founds an account that exists');
  require(entry.number === state.head.number + 1, `number ${state.head.number + 1} expected`);
  require(equal(entry.previous, state.head.hash), 'it does not follow the entry before it');
  require(!isClosed(state), 'it follows the end of the account');
  const author = findMember(state, entry.device);
  require(author !== undefined &&
    mayWrite(state, entry), `its author ${entry.device.toHex()} is not admitted`);
  if (signed) demandSignature(author.keys, record);
  return {
    ...state,
    ...changed(state, entry),
    ...visible(state, entry),
    head: { number: entry.number, hash },
  };
}

function changed(state: LedgerState, entry: Entry): Partial<LedgerState> {
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

/** The manifests after the entry: a commit adds one, a rekeyed entry gives the newest its new id. */
function visible(state: LedgerState, entry: Entry): Pick<LedgerState, 'manifests' | 'committed'> {
  const { change } = entry;
  if (change.kind !== 'commit' && change.kind !== 'rekeyed')
    return { manifests: state.manifests, committed: state.committed };
  const before = change.kind === 'commit' ? state.manifests : state.manifests.slice(0, -1);
  return {
    manifests: [...before, change.manifest].slice(-FULL_EVERY),
    committed: { number: entry.number, time: entry.time, by: entry.device },
  };
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
