import type { DeviceKeys } from '../device/keys.ts';
import type { EntryPlace } from '../epoch.ts';
import type { Head, ObjectRef } from './entry.ts';

/** A device that the ledger ever admitted. */
export interface Member {
  readonly id: Uint8Array;
  readonly name: string;
  readonly keys: DeviceKeys;
  /** The entry that admitted it and that entry's author; the founder admits itself. */
  readonly admitted: { readonly by: Uint8Array; readonly number: number; readonly time: bigint };
  readonly removed?: { readonly by: Uint8Array; readonly number: number; readonly time: bigint };
}

/** An epoch whose key may still be needed: the present one, or one that objects wait to leave. */
export interface Epoch {
  readonly epoch: number;
  readonly commitment: Uint8Array;
  readonly previousKey: Uint8Array;
  readonly place: EntryPlace;
}

/** A present device's way to the present epoch's key. */
export interface HeldWrap {
  readonly sealed: Uint8Array;
  readonly place: EntryPlace;
}

/** Everything that an account's ledger says. Ids are hex where they are keys of a map. */
export interface LedgerState {
  /** The hash of the genesis entry: the account. */
  readonly account: Uint8Array;
  readonly username: string;
  readonly head: Head;
  /** By device id, removed ones too: none of them comes back. */
  readonly members: ReadonlyMap<string, Member>;
  /** Hashes of single public keys ever admitted, so that no two devices share one. */
  readonly usedKeys: ReadonlySet<string>;
  /** Newest last. */
  readonly epochs: readonly Epoch[];
  readonly wraps: ReadonlyMap<string, HeldWrap>;
  /** A device left by itself and still knows the present key: nothing is committed until a new epoch. */
  readonly departed: boolean;
  /** The newest epoch wrapped for a device that is not post-quantum. */
  readonly classicEpoch: number | undefined;
  /** Objects that the ledger keeps, with the epoch that sealed each: the same for all (rules.ts). */
  readonly live: ReadonlyMap<string, number>;
  readonly dropped: ReadonlySet<string>;
  /** The manifests since the last rotation, newest last, as many as can be needed to read the newest (manifest.ts). */
  readonly manifests: readonly ObjectRef[];
  /** The entry that made the newest manifest the visible one. */
  readonly committed: { readonly number: number; readonly time: bigint; readonly by: Uint8Array } | undefined;
  /** The newest rekey map. */
  readonly map: ObjectRef | undefined;
}

/** The present epoch. */
export function presentEpoch(state: LedgerState): Epoch {
  const epoch = state.epochs.at(-1);
  if (epoch === undefined) throw new RangeError('Cannot read ledger state: it has no epoch');
  return epoch;
}

/** The devices that are admitted and not removed. */
export function presentMembers(state: Pick<LedgerState, 'members'>): readonly Member[] {
  return [...state.members.values()].filter((member) => member.removed === undefined);
}

export function findMember(state: LedgerState, id: Uint8Array): Member | undefined {
  return state.members.get(id.toHex());
}

export function isPresent(state: LedgerState, id: Uint8Array): boolean {
  const member = findMember(state, id);
  return member !== undefined && member.removed === undefined;
}

/** True while objects are still sealed under an epoch before the present one. */
export function isRekeying(state: LedgerState): boolean {
  // One look is enough: nothing is added while objects wait, so all kept ones are of one epoch.
  const [sealedIn] = state.live.values();
  return sealedIn !== undefined && sealedIn !== presentEpoch(state).epoch;
}

/** True once the last device has left: nothing can follow. */
export function isClosed(state: LedgerState): boolean {
  return state.wraps.size === 0;
}
