import { encode, equal } from '@orrery/bytes';
import { equalSecret, sha256 } from '@orrery/crypto';
import { MAX_ROOM_MESSAGE, ROOM_ID_LENGTH, type RoomTokens, roomTokensCodec } from './relay.ts';
import { RoomError } from './room-error.ts';
import { type Role, ofSlot } from './slots.ts';

/** What a relay keeps of a room besides its messages. */
export interface RoomState {
  readonly tokens: RoomTokens;
  /** Milliseconds since 1970: when it was opened and ROOM_LIFETIME_SECONDS. */
  readonly expiresAt: number;
}

/** What a party asks to be written. */
export interface RoomWrite {
  readonly role: Role;
  readonly slot: number;
  readonly token: Uint8Array;
  readonly message: Uint8Array;
}

/**
 * Whether `open` must make the room: false if it stands there with the same tokens.
 *
 * @param room what the relay keeps under the id
 * @param now milliseconds since 1970
 * @throws {RoomError} 'taken': it stands there with others; 'expired'
 * @throws {RangeError} the id has not 32 bytes
 */
export function checkRoomOpen(
  room: RoomState | undefined,
  id: Uint8Array,
  tokens: RoomTokens,
  now: number,
): boolean {
  if (id.length !== ROOM_ID_LENGTH)
    throw new RangeError(`Cannot open room: id has ${id.length} bytes, ${ROOM_ID_LENGTH} expected`);
  if (room === undefined) return true;
  checkAlive(room, now);
  if (!equal(encode(roomTokensCodec, room.tokens), encode(roomTokensCodec, tokens)))
    throw new RoomError('taken');
  return false;
}

/**
 * Whether `write` must store the message: false if this very message is there. A store decides between two writers at
 * once by a unique key over id, role and slot; the loser asks here again with what was stored.
 *
 * @param room what the relay keeps under the id
 * @param stored the message in the slot
 * @param now milliseconds since 1970
 * @throws {RoomError} 'no-room', 'expired'; 'forbidden': wrong token; 'taken': another message is there
 * @throws {RangeError} there is no such slot, or the message is empty or longer than MAX_ROOM_MESSAGE
 */
export function checkRoomWrite(
  room: RoomState | undefined,
  stored: Uint8Array | undefined,
  write: RoomWrite,
  now: number,
): boolean {
  const { role, slot, token, message } = write;
  const hash = ofSlot(checkRoomRead(room, role, slot, now).tokens, role, slot);
  if (!equalSecret(sha256(token), hash)) throw new RoomError('forbidden');
  if (message.length === 0 || message.length > MAX_ROOM_MESSAGE) {
    throw new RangeError(
      `Cannot write to room: found ${message.length} bytes, 1 to ${MAX_ROOM_MESSAGE} expected`,
    );
  }
  if (stored === undefined) return true;
  if (!equal(stored, message)) throw new RoomError('taken');
  return false;
}

/**
 * The room, if `read` may look into the slot.
 *
 * @throws {RoomError} 'no-room', 'expired'
 * @throws {RangeError} there is no such slot
 */
export function checkRoomRead<R extends RoomState>(
  room: R | undefined,
  role: Role,
  slot: number,
  now: number,
): R {
  if (room === undefined) throw new RoomError('no-room');
  checkAlive(room, now);
  ofSlot(room.tokens, role, slot);
  return room;
}

function checkAlive(room: RoomState, now: number): void {
  if (now >= room.expiresAt) throw new RoomError('expired');
}
