import { type Codec, raw } from '@orrery/bytes';

/** Messages that each role can write into a room. */
export const SLOTS_PER_ROLE = 2;

/** Bytes of a write token, and of its SHA-256. */
export const WRITE_TOKEN_LENGTH = 32;

export const ROLES = ['newcomer', 'admitter'] as const;

/** The newcomer makes the phrase and opens the room; the admitter is told the phrase. */
export type Role = (typeof ROLES)[number];

/** One thing for each slot of each role; by itself 32 bytes, a write token or the hash of one. */
export type PerSlot<T = Uint8Array> = Readonly<Record<Role, readonly T[]>>;

export function perSlot<T>(make: (role: Role, slot: number) => T): PerSlot<T> {
  const slotsOf = (role: Role) => Array.from({ length: SLOTS_PER_ROLE }, (_, slot) => make(role, slot));
  return { newcomer: slotsOf('newcomer'), admitter: slotsOf('admitter') };
}

/**
 * What belongs to one slot.
 *
 * @throws {RangeError} there is no such slot
 */
export function ofSlot<T>(values: PerSlot<T>, role: Role, slot: number): T {
  const value = values[role][slot];
  if (value === undefined)
    throw new RangeError(`Cannot use slot "${slot}" of a room: expected 0 to ${SLOTS_PER_ROLE - 1}`);
  return value;
}

const token = raw(WRITE_TOKEN_LENGTH);

/** 128 bytes: 32 for each slot of the newcomer in order, then of the admitter. */
export const perSlotCodec: Codec<PerSlot> = {
  read: (reader) => perSlot(() => token.read(reader)),
  write: (writer, values) => {
    for (const role of ROLES) {
      const found = values[role].length;
      if (found !== SLOTS_PER_ROLE)
        throw new RangeError(`Cannot write slots of "${role}": found ${found}, ${SLOTS_PER_ROLE} expected`);
      for (const value of values[role]) token.write(writer, value);
    }
  },
};
