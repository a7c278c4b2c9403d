import { encode, equal, FormatError } from '@orrery/bytes';
import {
  decodeEntry,
  deviceKeysCodec,
  isClosed,
  isPresent,
  isRekeying,
  recordCodec,
  stateCodec,
  type Change,
  type Entry,
  type Head,
  type LedgerRecord,
  type LedgerState,
  type Member,
} from '@orrery/vault';
import { demandMember } from './authentication.ts';
import { overLimit, Refusal } from './errors.ts';
import { readLedgerState, type LoadedLedger } from './ledger-state.ts';
import { unixSeconds, type Service } from './service.ts';
import type { DeviceRow, KnownDevice } from './store/store.ts';
import { verifyEntry } from './verify-entry.ts';

const MINUTE = 60;
const DAY = 24 * 3600;

/** Changes that put a device out or the account under a new key: no quota and no rate may stand in their way. */
const RESCUING: ReadonlySet<Change['kind']> = new Set(['remove', 'rotate', 'rekeyed', 'migrate']);

/**
 * Appends all records or none, if they continue the ledger; where the ledger stands now. Records that stand in it
 * already are as good as appended: the client did not hear the answer.
 * @throws {Refusal}
 */
export async function appendRecords(
  service: Service,
  device: KnownDevice,
  records: readonly LedgerRecord[],
): Promise<Head> {
  const entries = records.map(readEntry);
  const [first] = entries;
  if (first === undefined) throw new Refusal(400, 'malformed', 'Cannot append: no record was sent');
  const ledger = await readLedgerState(service.store, device.account);
  if (ledger === undefined) throw new Refusal(401, 'removed', 'Cannot append: the account was closed');
  const before = ledger.state;
  if (first.number !== before.head.number + 1 || !equal(first.previous, before.head.hash)) {
    if (await standsAlready(service, device, first.number, records, before.head)) return before.head;
    throw conflict(before.head);
  }
  // The ledger may have changed since the token was checked.
  demandMember({ removed: !isPresent(before, device.id) });
  await limitAppend(service, device, ledger, entries, records);
  const state = records.reduce(verifyEntry, before);
  await store(service, device, { before, state, records, entries });
  return state.head;
}

function readEntry(record: LedgerRecord): Entry {
  try {
    return decodeEntry(record.entry);
  } catch (cause) {
    if (cause instanceof FormatError) throw new Refusal(422, 'invalid-entry', cause.message);
    throw cause;
  }
}

interface Step {
  readonly before: LedgerState;
  readonly state: LedgerState;
  readonly records: readonly LedgerRecord[];
  readonly entries: readonly Entry[];
}

async function store(service: Service, { account }: KnownDevice, step: Step): Promise<void> {
  const { before, state, records, entries } = step;
  const { accountObjects: objects, accountBytes: bytes } = service.limits;
  const outcome = await service.store.append({
    account,
    before: before.head,
    after: state.head,
    state: encode(stateCodec, state),
    records: records.map((record) => encode(recordCodec, record)),
    devices: changedDevices(before, state),
    // What one of these entries adds and a later one drops need not be here any more.
    adds: idsOf(state.live, before.live),
    drops: idsOf(before.live, state.live),
    rekeying: isRekeying(state),
    closed: isClosed(state),
    ...(entries.every(isRescuing) ? {} : { space: { objects, bytes } }),
  });
  if (outcome === 'conflict') throw conflict(before.head);
  if (outcome === 'missing')
    throw new Refusal(422, 'missing-objects', 'Cannot append: an object that it adds was not uploaded');
  if (outcome === 'quota') throw overQuota('objects');
}

function idsOf(ids: ReadonlyMap<string, number>, without: ReadonlyMap<string, number>): Uint8Array[] {
  return [...ids.keys()].filter((id) => !without.has(id)).map((id) => Uint8Array.fromHex(id));
}

function changedDevices(before: LedgerState, state: LedgerState): DeviceRow[] {
  const isChanged = (member: Member): boolean => {
    const known = before.members.get(member.id.toHex());
    return known === undefined || (known.removed === undefined) !== (member.removed === undefined);
  };
  return [...state.members.values()].filter(isChanged).map((member) => ({
    id: member.id,
    name: member.name,
    keys: encode(deviceKeysCodec, member.keys),
    removed: member.removed !== undefined,
  }));
}

async function standsAlready(
  service: Service,
  { account }: KnownDevice,
  number: number,
  records: readonly LedgerRecord[],
  head: Head,
): Promise<boolean> {
  if (number + records.length - 1 > head.number) return false;
  const standing = await service.store.readRecords(
    account,
    number - 1,
    records.length,
    Number.MAX_SAFE_INTEGER,
  );
  return (
    standing.length === records.length &&
    records.every((record, index) => equal(encode(recordCodec, record), standing[index] ?? new Uint8Array()))
  );
}

/** Quota and rates, before the work of verifying. @throws {Refusal} */
async function limitAppend(
  service: Service,
  { account, id }: KnownDevice,
  { state: before, usage }: LoadedLedger,
  entries: readonly Entry[],
  records: readonly LedgerRecord[],
): Promise<void> {
  const now = unixSeconds(service);
  const { limits } = service;
  const rotations = entries.filter(({ change }) => change.kind === 'rotate').length;
  // Nobody needs a thousand rotations a day, and each takes up space. The one after a device has left is free.
  if (rotations > 0 && !before.departed) {
    const key = `rotations/${account}`;
    const wait = await service.store.spend(
      { key, cost: rotations, limit: limits.rotationsPerDay, seconds: DAY },
      now,
    );
    if (wait > 0) throw overLimit('key rotations', wait);
  }
  if (entries.every(isRescuing)) return;
  const bytes = records.reduce((sum, { entry }) => sum + entry.length, 0);
  if (usage.entries + entries.length > limits.ledgerEntries || usage.entryBytes + bytes > limits.ledgerBytes)
    throw overQuota('ledger entries');
  const key = `appends/${account}/${id.toHex()}`;
  const wait = service.requests.spend(key, 1, limits.appendsPerMinute, MINUTE, now);
  if (wait > 0) throw overLimit('appends from this machine', wait);
}

function isRescuing({ change }: Entry): boolean {
  return RESCUING.has(change.kind);
}

function conflict(head: Head): Refusal {
  return new Refusal(
    409,
    'conflict',
    `Cannot append: the ledger stands at entry ${head.number}, not where the records begin`,
  );
}

function overQuota(what: string): Refusal {
  return new Refusal(
    413,
    'quota',
    `Cannot store more: the account has as many ${what} as this server allows`,
  );
}
