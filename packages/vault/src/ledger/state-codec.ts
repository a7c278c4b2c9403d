import {
  boolean,
  fixed,
  list,
  optional,
  raw,
  string,
  struct,
  text,
  uint32,
  uint64,
  type Value,
} from '@orrery/bytes';
import { deviceKeysCodec } from '../device/keys.ts';
import { MAX_DEVICES, MAX_DEVICES_EVER, MAX_IDS, MAX_NAME_BYTES } from '../limits.ts';
import { FULL_EVERY } from '../manifest.ts';
import { headCodec, OBJECT_ID_LENGTH, objectRefCodec } from './entry.ts';
import type { LedgerState, Member } from './state.ts';

/** Ids ever dropped, and epochs that wait for one rotation to end; a state is our own file, so this only catches damage. */
const MAX_ITEMS = 2 ** 24;
const MAX_KEYS = 3 * MAX_DEVICES_EVER;

const hash = fixed(32);
const place = struct({ number: uint32, previous: hash });
const event = struct({ by: hash, number: uint32, time: uint64 });
const objectId = raw(OBJECT_ID_LENGTH);

const stored = struct({
  account: hash,
  username: text(MAX_NAME_BYTES),
  head: headCodec,
  members: list(
    struct({
      id: hash,
      name: text(MAX_NAME_BYTES),
      keys: deviceKeysCodec,
      admitted: event,
      removed: optional(event),
    }),
    MAX_DEVICES_EVER,
  ),
  usedKeys: list(hash, MAX_KEYS),
  epochs: list(struct({ epoch: uint32, commitment: hash, previousKey: string(64), place }), MAX_ITEMS),
  wraps: list(struct({ device: hash, sealed: string(2048), place }), MAX_DEVICES),
  departed: boolean,
  classicEpoch: optional(uint32),
  live: list(struct({ id: objectId, epoch: uint32 }), MAX_IDS),
  dropped: list(objectId, MAX_ITEMS),
  manifests: list(objectRefCodec, FULL_EVERY),
  committed: optional(event),
  map: optional(objectRefCodec),
});

type Stored = Value<typeof stored>;

/** A ledger state that was verified, as its owner keeps it: the product of the entries, never sent. */
export const stateCodec = {
  read: (reader: Parameters<typeof stored.read>[0]): LedgerState => fromStored(stored.read(reader)),
  write: (writer: Parameters<typeof stored.write>[0], state: LedgerState): void =>
    stored.write(writer, toStored(state)),
};

function toStored(state: LedgerState): Stored {
  return {
    ...state,
    members: [...state.members.values()].map((member) => ({ ...member, removed: member.removed })),
    usedKeys: [...state.usedKeys].map((hex) => Uint8Array.fromHex(hex)),
    wraps: [...state.wraps].map(([device, wrap]) => ({ device: Uint8Array.fromHex(device), ...wrap })),
    live: [...state.live].map(([id, epoch]) => ({ id: Uint8Array.fromHex(id), epoch })),
    dropped: [...state.dropped].map((id) => Uint8Array.fromHex(id)),
  };
}

function fromStored(value: Stored): LedgerState {
  return {
    ...value,
    members: new Map(value.members.map((member) => [member.id.toHex(), toMember(member)])),
    usedKeys: new Set(value.usedKeys.map((bytes) => bytes.toHex())),
    wraps: new Map(
      value.wraps.map(({ device, sealed, place: at }) => [device.toHex(), { sealed, place: at }]),
    ),
    live: new Map(value.live.map(({ id, epoch }) => [id.toHex(), epoch])),
    dropped: new Set(value.dropped.map((bytes) => bytes.toHex())),
  };
}

function toMember({ removed, ...member }: Stored['members'][number]): Member {
  return removed === undefined ? member : { ...member, removed };
}
