import { pause } from './pause.ts';
import { type RoomState, checkRoomOpen, checkRoomRead, checkRoomWrite } from './relay-rules.ts';
import { ROOM_LIFETIME_SECONDS, type Relay, type RoomTokens } from './relay.ts';
import { type PerSlot, type Role, ofSlot, perSlot } from './slots.ts';

interface Slot {
  message: Uint8Array | undefined;
  /** Aborted when the message comes: it wakes who waits. */
  readonly arrival: AbortController;
}

interface KeptRoom extends RoomState {
  readonly slots: PerSlot<Slot>;
}

/**
 * A relay in this process, for tests and for two parties of one program. It keeps the rules of a server, but sets no
 * limit to the number of rooms.
 */
export class MemoryRelay implements Relay {
  readonly #rooms = new Map<string, KeptRoom>();

  async open(id: Uint8Array, tokens: RoomTokens): Promise<void> {
    const now = Date.now();
    if (!checkRoomOpen(this.#rooms.get(id.toHex()), id, tokens, now)) return;
    this.#rooms.set(id.toHex(), {
      tokens: structuredClone(tokens),
      expiresAt: now + ROOM_LIFETIME_SECONDS * 1000,
      slots: perSlot(() => ({ message: undefined, arrival: new AbortController() })),
    });
  }

  async write(
    id: Uint8Array,
    role: Role,
    slot: number,
    token: Uint8Array,
    message: Uint8Array,
  ): Promise<void> {
    const room = checkRoomRead(this.#rooms.get(id.toHex()), role, slot, Date.now());
    const place = ofSlot(room.slots, role, slot);
    if (!checkRoomWrite(room, place.message, { role, slot, token, message }, Date.now())) return;
    place.message = message.slice();
    place.arrival.abort();
  }

  async read(
    id: Uint8Array,
    role: Role,
    slot: number,
    waitSeconds: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const room = checkRoomRead(this.#rooms.get(id.toHex()), role, slot, Date.now());
    const { arrival } = ofSlot(room.slots, role, slot);
    const wake = signal === undefined ? arrival.signal : AbortSignal.any([arrival.signal, signal]);
    await pause(waitSeconds * 1000, wake);
    signal?.throwIfAborted();
    return ofSlot(room.slots, role, slot).message?.slice();
  }
}
