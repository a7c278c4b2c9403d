import { equalSecret } from '@orrery/crypto';
import { openMessage, sealMessage } from './message.ts';
import { pause } from './pause.ts';
import { ROOM_LIFETIME_SECONDS, type Relay } from './relay.ts';
import { RoomError } from './room-error.ts';
import { type RoomSecrets, copySecrets, roomTokens, wipeSecrets } from './secrets.ts';
import { type Role, ofSlot } from './slots.ts';

/** How long one question to the relay waits, below the patience of proxies between. */
const POLL_SECONDS = 25;
/** Between two questions, so that a relay that answers at once does not keep us spinning. */
const PAUSE_MILLISECONDS = 200;

const other = { newcomer: 'admitter', admitter: 'newcomer' } as const satisfies Record<Role, Role>;

/** Opens the room of a phrase just made, and enters it as the newcomer. Can be repeated after an interruption. */
export async function openRoom(relay: Relay, secrets: RoomSecrets): Promise<Room> {
  await relay.open(secrets.id, roomTokens(secrets));
  return new Room(relay, secrets, 'newcomer');
}

/**
 * One party's end of a room. Messages are numbered on both ends, and each is accepted only in its place. Whoever knows
 * the phrase can write as either role: a message proves the phrase, not which of the two sent it.
 *
 * A call is made when the one before has settled. A party that was interrupted makes a new Room of the same secrets and
 * goes through the conversation again, sending the same bytes as before.
 */
export class Room {
  readonly #relay: Relay;
  readonly #secrets: RoomSecrets;
  readonly #role: Role;
  readonly #expiresAt = Date.now() + ROOM_LIFETIME_SECONDS * 1000;
  #sent = 0;
  #received = 0;
  #closed: RoomError | undefined;

  /** The secrets are copied: the caller may wipe its own. */
  constructor(relay: Relay, secrets: RoomSecrets, role: Role) {
    this.#relay = relay;
    this.#secrets = copySecrets(secrets);
    this.#role = role;
  }

  /**
   * Seals the message, at most MAX_ROOM_PLAINTEXT bytes, and writes it into the next slot. May be repeated with the same
   * message if the relay could not be reached.
   *
   * @throws {RoomError} 'taken': the slot holds another message already; or what the relay says
   * @throws {RangeError} no slot is left, or the message is too long
   */
  async send(message: Uint8Array): Promise<void> {
    this.#enter();
    const slot = this.#sent;
    const token = ofSlot(this.#secrets.tokens, this.#role, slot);
    const sealed = sealMessage(this.#secrets, this.#role, slot, message);
    try {
      await this.#relay.write(this.#secrets.id, this.#role, slot, token, sealed);
    } catch (error) {
      // Perhaps it was this end, before it was interrupted.
      if (!(error instanceof RoomError && error.code === 'taken' && (await this.#hasSent(slot, message))))
        throw error;
    }
    this.#sent = slot + 1;
  }

  /**
   * Waits for the next message of the other party until the room's time is over or the signal aborts.
   *
   * @throws {RoomError} 'unauthentic': somebody interferes, the room is closed and its secrets must not be used again;
   *   'expired': no message came in time; or what the relay says
   * @throws {RangeError} the other party has no slot left
   */
  async receive(signal?: AbortSignal): Promise<Uint8Array> {
    this.#enter();
    const slot = this.#received;
    const role = other[this.#role];
    ofSlot(this.#secrets.tokens, role, slot);
    const message = this.#open(role, slot, await this.#arrival(role, slot, signal));
    this.#received = slot + 1;
    return message;
  }

  /** Wipes this end's secrets. Every later call rejects with RoomError 'closed'. */
  close(): void {
    this.#closed ??= new RoomError('closed');
    wipeSecrets(this.#secrets);
  }

  async #arrival(role: Role, slot: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    for (;;) {
      this.#enter();
      signal?.throwIfAborted();
      const seconds = (this.#expiresAt - Date.now()) / 1000;
      if (seconds <= 0) throw new RoomError('expired');
      const wait = Math.min(seconds, POLL_SECONDS);
      const sealed = await this.#relay.read(this.#secrets.id, role, slot, wait, signal);
      if (sealed !== undefined) return sealed;
      await pause(PAUSE_MILLISECONDS, signal);
    }
  }

  async #hasSent(slot: number, message: Uint8Array): Promise<boolean> {
    const sealed = await this.#relay.read(this.#secrets.id, this.#role, slot, 0);
    return sealed !== undefined && equalSecret(this.#open(this.#role, slot, sealed), message);
  }

  #open(role: Role, slot: number, sealed: Uint8Array): Uint8Array {
    this.#enter();
    try {
      return openMessage(this.#secrets, role, slot, sealed);
    } catch (error) {
      this.#closed = new RoomError('closed', { cause: error });
      this.close();
      throw error;
    }
  }

  /** Also after waiting: a closed room has an all-zero key, under which anybody could seal. */
  #enter(): void {
    if (this.#closed !== undefined) throw this.#closed;
  }
}
