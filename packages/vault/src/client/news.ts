import { equal } from '@orrery/bytes';
import { deviceId, fingerprint, suiteOf } from '../device/keys.ts';
import type { LedgerState } from '../ledger/state.ts';
import type { VerifiedEntry } from '../ledger/verify.ts';

/** Something that another machine did to the account, for people to read. */
export interface News {
  readonly kind: 'admitted' | 'removed' | 'left' | 'rotated' | 'migrated';
  readonly number: number;
  /** Unix seconds, by the clock of the machine that did it. */
  readonly time: bigint;
  /** Names: the machine that did it, and those that it concerns. */
  readonly by: string;
  readonly machines: readonly {
    readonly name: string;
    readonly fingerprint: string;
    readonly suite: string;
  }[];
}

/** What `entries` say that this machine did not do itself, oldest first. */
export function newsOf(
  state: LedgerState,
  entries: readonly VerifiedEntry[],
  self: Uint8Array,
): readonly News[] {
  return entries
    .filter(({ entry }) => !equal(entry.device, self))
    .flatMap((verified) => toNews(state, verified));
}

function toNews(state: LedgerState, { entry }: VerifiedEntry): News[] {
  const about = (ids: readonly Uint8Array[]): News['machines'] => ids.map((id) => describe(state, id));
  const common = { number: entry.number, time: entry.time, by: describe(state, entry.device).name };
  const { change } = entry;
  switch (change.kind) {
    case 'admit':
      return [{ ...common, kind: 'admitted', machines: about([deviceId(change.keys)]) }];
    case 'migrate':
      return [{ ...common, kind: 'migrated', machines: about([deviceId(change.keys)]) }];
    case 'remove':
      return [
        { ...common, kind: change.epoch === undefined ? 'left' : 'removed', machines: about(change.devices) },
      ];
    case 'rotate':
      return [{ ...common, kind: 'rotated', machines: [] }];
    case 'genesis':
    case 'commit':
    case 'rekeyed':
      return [];
  }
}

function describe(state: LedgerState, id: Uint8Array): News['machines'][number] {
  const member = state.members.get(id.toHex());
  return {
    name: member?.name ?? 'unknown machine',
    fingerprint: fingerprint(id),
    suite: member === undefined ? 'unknown' : suiteOf(member.keys).name,
  };
}
