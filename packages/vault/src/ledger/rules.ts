import { equal } from '@orrery/bytes';
import { deviceId, suiteOf } from '../device/keys.ts';
import { MAX_KEPT_OBJECTS } from '../limits.ts';
import { FULL_EVERY } from '../manifest.ts';
import { founder, leaver, newcomer } from './admitting.ts';
import type { Change, Entry, ObjectRef } from './entry.ts';
import { require } from './ledger-error.ts';
import { isUsername } from './names.ts';
import { freshIds, keptIds, type ObjectChange } from './objects.ts';
import { opened, placeOf } from './opening.ts';
import { findMember, isRekeying, presentEpoch, presentMembers, type LedgerState } from './state.ts';

type ChangeOf<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;

/** What an entry does to the state: the fields that it replaces, and the objects that come and go. */
export type Effect = Partial<Omit<LedgerState, 'live' | 'dropped'>> & { readonly objects?: ObjectChange };

type Rule<Kind extends Change['kind']> = (state: LedgerState, change: ChangeOf<Kind>, entry: Entry) => Effect;

/** The state that a genesis entry founds. `hash` is the hash of that entry. */
export function found(change: ChangeOf<'genesis'>, entry: Entry, hash: Uint8Array): LedgerState {
  require(isUsername(change.username), `username "${change.username}" is not allowed`);
  require(equal(
    deviceId(change.keys),
    entry.device,
  ), 'the genesis is not signed by the device that it names');
  const { members, usedKeys } = founder(change.name, change.keys, entry);
  const nothing = { epochs: [], live: new Map<string, number>(), classicEpoch: undefined };
  return {
    account: hash,
    username: change.username,
    head: { number: 0, hash },
    members,
    usedKeys,
    ...opened(nothing, members, change.epoch, entry),
    live: nothing.live,
    dropped: new Set(),
    manifests: [],
    committed: undefined,
    map: undefined,
  };
}

/** What each kind demands, and what it does. */
export const rules: { readonly [Kind in Exclude<Change['kind'], 'genesis'>]: Rule<Kind> } = {
  admit(state, change, entry) {
    demandSettled(state);
    demandPresentEpoch(state, change.epoch);
    const { members, usedKeys } = newcomer(state, change, change.name, entry);
    const anyPostQuantum = presentMembers(state).some((member) => suiteOf(member.keys).postQuantum);
    const classic = !suiteOf(change.keys).postQuantum;
    require(!classic ||
      !anyPostQuantum ||
      change.allowClassic, 'it admits a machine that is not post-quantum without allowing that');
    const id = deviceId(change.keys).toHex();
    const wraps = new Map(state.wraps).set(id, { sealed: change.sealed, place: placeOf(entry) });
    return { members, usedKeys, wraps, classicEpoch: classic ? change.epoch : state.classicEpoch };
  },

  commit(state, change, entry) {
    demandSettled(state);
    require(!isRekeying(state), 'it commits before the rotation has ended');
    demandPresentEpoch(state, change.epoch);
    const adds = freshIds(state, change.adds);
    demandAdded(change.manifest, adds);
    const drops = keptIds(state, change.drops);
    const dropsMap = state.map !== undefined && drops.includes(state.map.id.toHex());
    require(!dropsMap, 'it drops the rekey map, without which no object is found');
    const kept = state.live.size + adds.length - drops.length;
    require(kept <= MAX_KEPT_OBJECTS, `it would keep ${kept} objects, at most ${MAX_KEPT_OBJECTS} allowed`);
    const manifests = [...state.manifests, change.manifest].slice(-FULL_EVERY);
    return { objects: { epoch: change.epoch, adds, drops }, manifests, committed: eventOf(entry) };
  },

  rotate(state, change, entry) {
    return opened(state, state.members, change.epoch, entry);
  },

  rekeyed(state, change, entry) {
    demandSettled(state);
    require(isRekeying(state), 'it ends a rotation that did not begin');
    demandPresentEpoch(state, change.epoch);
    const adds = freshIds(state, change.adds);
    demandAdded(change.manifest, adds);
    demandAdded(change.map, adds);
    return {
      objects: { epoch: change.epoch, adds, drops: [...state.live.keys()] },
      map: change.map,
      epochs: state.epochs.slice(-1),
      // The new manifest is a full one: nobody reads further back.
      manifests: [change.manifest],
      committed: eventOf(entry),
    };
  },

  remove(state, change, entry) {
    require(change.devices.length > 0, 'it removes nobody');
    const members = change.devices.reduce((left, id) => leaver(left, id, entry), state.members);
    const self = members.get(entry.device.toHex())?.removed !== undefined;
    if (change.epoch !== undefined) {
      require(!self, 'it opens an epoch and removes its own author, who would know the key');
      return { members, ...opened(state, members, change.epoch, entry) };
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
    const left = { ...state, members: leaver(state.members, entry.device, entry) };
    const { members, usedKeys } = newcomer(left, change, author.name, entry);
    return { members, usedKeys, ...opened(state, members, change.epoch, entry) };
  },
};

function demandSettled(state: LedgerState): void {
  require(!state.departed, 'a machine has left and still knows the key: a new epoch must come first');
}

function demandPresentEpoch(state: LedgerState, epoch: number): void {
  const present = presentEpoch(state).epoch;
  require(epoch === present, `it is for epoch ${epoch}, and the present one is ${present}`);
}

function demandAdded(ref: ObjectRef, adds: readonly string[]): void {
  require(adds.includes(ref.id.toHex()), 'it names a manifest or map that it does not add');
}

function eventOf({ device, number, time }: Entry): NonNullable<LedgerState['committed']> {
  return { by: device, number, time };
}
