import { equal } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import { deviceId, suiteOf, verifiersOf, type DeviceKeys } from '../device/keys.ts';
import { verifyLabelled, type Signatures } from '../device/signing.ts';
import { Label } from '../labels.ts';
import { MAX_DEVICES } from '../limits.ts';
import { admissionProof, type Change, type Entry, type NewEpoch } from './entry.ts';
import { require } from './ledger-error.ts';
import { isMachineName, isUsername } from './names.ts';
import {
  findMember,
  isPresent,
  isRekeying,
  presentEpoch,
  presentMembers,
  type Epoch,
  type HeldWrap,
  type LedgerState,
  type Member,
} from './state.ts';

type ChangeOf<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;
type Rule<Kind extends Change['kind']> = (
  state: LedgerState,
  change: ChangeOf<Kind>,
  entry: Entry,
) => Partial<LedgerState>;

/** The state that a genesis entry founds. `hash` is the hash of that entry. */
export function found(change: ChangeOf<'genesis'>, entry: Entry, hash: Uint8Array): LedgerState {
  require(isUsername(change.username), `username "${change.username}" is not allowed`);
  require(isMachineName(change.name), `machine name "${change.name}" is not allowed`);
  require(equal(
    deviceId(change.keys),
    entry.device,
  ), 'the genesis is not signed by the device that it names');
  verifiersOf(change.keys);
  require(change.epoch.epoch === 1, `the first epoch is ${change.epoch.epoch}, 1 expected`);
  require(change.epoch.previousKey.length === 0, 'the first epoch names a key before it');
  const founder = makeMember(entry, change.name, change.keys);
  const members = new Map([[entry.device.toHex(), founder]]);
  return {
    account: hash,
    username: change.username,
    head: { number: 0, hash },
    members,
    usedKeys: new Set(keyHashes(change.keys)),
    ...opened([], members, change.epoch, entry, undefined),
    live: new Map(),
    dropped: new Set(),
    manifests: [],
    committed: undefined,
    map: undefined,
  };
}

/** What each kind demands, and what of the state it changes. */
export const rules: { readonly [Kind in Exclude<Change['kind'], 'genesis'>]: Rule<Kind> } = {
  admit(state, change, entry) {
    demandSettled(state);
    require(change.epoch ===
      presentEpoch(state).epoch, `it wraps the key of epoch ${change.epoch}, not the present one`);
    const { members, usedKeys } = admitted(state, change, change.name, entry);
    const anyPostQuantum = presentMembers(state).some((member) => suiteOf(member.keys).postQuantum);
    const classic = !suiteOf(change.keys).postQuantum;
    require(!classic ||
      !anyPostQuantum ||
      change.allowClassic, 'it admits a machine that is not post-quantum without allowing that');
    const id = deviceId(change.keys).toHex();
    const wraps = new Map(state.wraps).set(id, { sealed: change.sealed, place: placeOf(entry) });
    return { members, usedKeys, wraps, classicEpoch: classic ? change.epoch : state.classicEpoch };
  },

  commit(state, change) {
    demandSettled(state);
    require(!isRekeying(state), 'it commits before the rotation has ended');
    require(change.epoch ===
      presentEpoch(state).epoch, `it commits to epoch ${change.epoch}, which is not the present one`);
    const live = withAdded(state, change.adds, change.epoch);
    require(change.adds.some((id) => equal(id, change.manifest.id)), 'it does not add its own manifest');
    const dropped = new Set(state.dropped);
    for (const id of change.drops) {
      require(state.live.has(id.toHex()) &&
        live.delete(id.toHex()), `it drops object ${id.toHex()}, which is not kept`);
      dropped.add(id.toHex());
    }
    return { live, dropped };
  },

  rotate(state, change, entry) {
    return opened(state.epochs, state.members, change.epoch, entry, state.classicEpoch);
  },

  rekeyed(state, change) {
    demandSettled(state);
    require(isRekeying(state), 'it ends a rotation that did not begin');
    require(change.epoch ===
      presentEpoch(state).epoch, `it rekeys to epoch ${change.epoch}, which is not the present one`);
    const added = withAdded(state, change.adds, change.epoch);
    for (const { id } of [change.map, change.manifest])
      require(change.adds.some((other) => equal(id, other)), 'it does not add its own map and manifest');
    const dropped = new Set([...state.dropped, ...state.live.keys()]);
    const live = new Map([...added].filter(([id]) => !state.live.has(id)));
    return { live, dropped, map: change.map, epochs: state.epochs.slice(-1) };
  },

  remove(state, change, entry) {
    require(change.devices.length > 0, 'it removes nobody');
    const members = new Map(state.members);
    for (const id of change.devices) leave(members, id, entry);
    const self = members.get(entry.device.toHex())?.removed !== undefined;
    if (change.epoch !== undefined) {
      require(!self, 'it opens an epoch and removes its own author, who would know the key');
      return { members, ...opened(state.epochs, members, change.epoch, entry, state.classicEpoch) };
    }
    require(self && change.devices.length === 1, 'it removes another device without opening an epoch');
    const wraps = new Map(state.wraps);
    wraps.delete(entry.device.toHex());
    return { members, wraps, departed: true };
  },

  migrate(state, change, entry) {
    const author = findMember(state, entry.device);
    require(author !== undefined, 'its author is not known');
    require(suiteOf(change.keys).postQuantum &&
      !suiteOf(author.keys).postQuantum, 'it does not lead from a classic machine to a post-quantum one');
    const before = new Map(state.members);
    leave(before, entry.device, entry);
    const { members, usedKeys } = admitted({ ...state, members: before }, change, author.name, entry);
    return { members, usedKeys, ...opened(state.epochs, members, change.epoch, entry, state.classicEpoch) };
  },
};

function demandSettled(state: LedgerState): void {
  require(!state.departed, 'a machine has left and still knows the key: a new epoch must come first');
}

/** A device comes in: fresh keys, a free name, and proof that it holds the keys. */
function admitted(
  state: LedgerState,
  change: { readonly keys: DeviceKeys; readonly proof: Signatures },
  name: string,
  entry: Entry,
): { members: ReadonlyMap<string, Member>; usedKeys: ReadonlySet<string> } {
  require(isMachineName(name), `machine name "${name}" is not allowed`);
  const present = presentMembers(state);
  require(present.length <
    MAX_DEVICES, `the account has ${present.length} machines, at most ${MAX_DEVICES} allowed`);
  require(!present.some(
    (member) => member.name.toLowerCase() === name.toLowerCase(),
  ), `the account has a machine named "${name}" already`);
  const hashes = keyHashes(change.keys);
  require(!hashes.some((hash) => state.usedKeys.has(hash)), 'it admits keys that were admitted before');
  require(verifyLabelled(
    change.keys,
    Label.deviceProof,
    admissionProof(state.username, name, change.keys),
    change.proof,
  ), 'the new machine did not prove that it holds its keys');
  const member = makeMember(entry, name, change.keys);
  return {
    members: new Map(state.members).set(member.id.toHex(), member),
    usedKeys: new Set([...state.usedKeys, ...hashes]),
  };
}

function makeMember(entry: Entry, name: string, keys: DeviceKeys): Member {
  return {
    id: deviceId(keys),
    name,
    keys,
    admitted: { by: entry.device, number: entry.number, time: entry.time },
  };
}

function leave(members: Map<string, Member>, id: Uint8Array, entry: Entry): void {
  const member = members.get(id.toHex());
  require(member !== undefined &&
    member.removed === undefined, `it removes ${id.toHex()}, which is not admitted`);
  members.set(id.toHex(), {
    ...member,
    removed: { by: entry.device, number: entry.number, time: entry.time },
  });
}

/** An epoch opens: the next number, and wraps for exactly the devices now present. */
function opened(
  before: readonly Epoch[],
  members: ReadonlyMap<string, Member>,
  next: NewEpoch,
  entry: Entry,
  classicEpoch: number | undefined,
): Pick<LedgerState, 'epochs' | 'wraps' | 'departed' | 'classicEpoch'> {
  const expected = (before.at(-1)?.epoch ?? 0) + 1;
  require(next.epoch === expected, `it opens epoch ${next.epoch}, ${expected} expected`);
  require(before.length === 0 ||
    next.previousKey.length > 0, 'it does not carry the key of the epoch before');
  const present = [...members.values()].filter((member) => member.removed === undefined);
  const place = placeOf(entry);
  const wraps = new Map<string, HeldWrap>(
    next.wraps.map((wrap) => [wrap.device.toHex(), { sealed: wrap.sealed, place }]),
  );
  const exact =
    wraps.size === next.wraps.length &&
    wraps.size === present.length &&
    present.every((member) => wraps.has(member.id.toHex()));
  require(exact, 'its wraps do not cover exactly the admitted machines');
  const { epoch, commitment, previousKey } = next;
  const classic = present.some((member) => !suiteOf(member.keys).postQuantum);
  return {
    epochs: [...before, { epoch, commitment, previousKey, place }],
    wraps,
    departed: false,
    classicEpoch: classic ? epoch : classicEpoch,
  };
}

/** The kept objects with `ids`, none of which was ever named before. */
function withAdded(state: LedgerState, ids: readonly Uint8Array[], epoch: number): Map<string, number> {
  const live = new Map(state.live);
  for (const bytes of ids) {
    const id = bytes.toHex();
    require(!live.has(id) && !state.dropped.has(id), `it adds object ${id}, which was named before`);
    live.set(id, epoch);
  }
  return live;
}

function keyHashes(keys: DeviceKeys): string[] {
  return [...keys.signing, keys.kem].map((key) => sha256(key).toHex());
}

function placeOf(entry: Entry): { number: number; previous: Uint8Array } {
  return { number: entry.number, previous: entry.previous };
}

/** Guards `isPresent` at the one place where an author is judged. */
export function mayWrite(state: LedgerState, entry: Entry): boolean {
  return isPresent(state, entry.device);
}
