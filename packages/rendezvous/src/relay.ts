import type { Codec } from '@orrery/bytes';
import { type PerSlot, type Role, perSlotCodec } from './slots.ts';

/** Seconds after which the relay forgets a room and its parties give up. */
export const ROOM_LIFETIME_SECONDS = 600;

/** Longest sealed message in a slot, in bytes. */
export const MAX_ROOM_MESSAGE = 16 * 1024;

/** Bytes of a room id. */
export const ROOM_ID_LENGTH = 32;

/** SHA-256 of each write token: enough to check a writer, not enough to write. */
export type RoomTokens = PerSlot;

/** The body of `open` on the wire, 128 bytes: the hashes of the newcomer's slots in order, then the admitter's. */
export const roomTokensCodec: Codec<RoomTokens> = perSlotCodec;

/**
 * What the parties need from a server. They trust it with nothing: it gets the id, the tokens and sealed messages.
 *
 * A method rejects with RoomError for the reasons that its codes name, and with another error if the relay cannot be
 * reached; then the call can be repeated.
 */
export interface Relay {
  /** Makes a room. Once more with the same tokens changes nothing. */
  open(id: Uint8Array, tokens: RoomTokens): Promise<void>;

  /** Fills a slot. Once more with the same message changes nothing. */
  write(id: Uint8Array, role: Role, slot: number, token: Uint8Array, message: Uint8Array): Promise<void>;

  /** The message in a slot, or undefined if none comes within `waitSeconds`. Rejects with the reason of an abort. */
  read(
    id: Uint8Array,
    role: Role,
    slot: number,
    waitSeconds: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array | undefined>;
}
