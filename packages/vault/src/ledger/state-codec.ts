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
  FormatError,
  type Codec,
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

/** Object ids with their epochs. Without an object for each, as every command reads thousands of them. */
const live: Codec<ReadonlyMap<string, number>> = {
  read: (reader) => {
    const count = reader.uint32();
    if (count > MAX_IDS)
      throw new FormatError(`Cannot read live objects: ${count} of them, at most ${MAX_IDS} expected`);
    const objects = new Map<string, number>();
    for (let index = 0; index < count; index++)
      objects.set(reader.bytes(OBJECT_ID_LENGTH).toHex(), reader.uint32());
    return objects;
  },
  write: (writer, objects) => {
    writer.uint32(objects.size);
    for (const [id, epoch] of objects) writer.bytes(Uint8Array.fromHex(id)).uint32(epoch);
  },
};

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
  live,
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
    dropped: new Set(value.dropped.map((bytes) => bytes.toHex())),
  };
}

function toMember({ removed, ...member }: Stored['members'][number]): Member {
  return removed === undefined ? member : { ...member, removed };
}
