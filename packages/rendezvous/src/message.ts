import { Writer, concat } from '@orrery/bytes';
import { DecryptError, aes256Gcm, randomBytes } from '@orrery/crypto';
import { Label } from './labels.ts';
import { MAX_ROOM_MESSAGE } from './relay.ts';
import { RoomError } from './room-error.ts';
import type { RoomSecrets } from './secrets.ts';
import type { Role } from './slots.ts';

/** What sealing adds to a message, in bytes: nonce and tag. */
const OVERHEAD = aes256Gcm.nonceLength + aes256Gcm.tagLength;

/** Longest message before it is sealed, in bytes. */
export const MAX_ROOM_PLAINTEXT = MAX_ROOM_MESSAGE - OVERHEAD;

/**
 * Seals a message for one place in one room: a random nonce, then ciphertext and tag.
 *
 * @throws {RangeError} the message is longer than MAX_ROOM_PLAINTEXT
 */
export function sealMessage(
  secrets: RoomSecrets,
  role: Role,
  order: number,
  message: Uint8Array,
): Uint8Array {
  if (message.length > MAX_ROOM_PLAINTEXT) {
    throw new RangeError(
      `Cannot seal message: found ${message.length} bytes, at most ${MAX_ROOM_PLAINTEXT} expected`,
    );
  }
  const nonce = randomBytes(aes256Gcm.nonceLength);
  return concat(nonce, aes256Gcm.seal(secrets.key, nonce, message, placeOf(secrets, role, order)));
}

/**
 * What `sealMessage` sealed for exactly this place.
 *
 * @throws {RoomError} 'unauthentic' for everything else
 */
export function openMessage(secrets: RoomSecrets, role: Role, order: number, sealed: Uint8Array): Uint8Array {
  if (sealed.length < OVERHEAD || sealed.length > MAX_ROOM_MESSAGE) throw new RoomError('unauthentic');
  const nonce = sealed.subarray(0, aes256Gcm.nonceLength);
  const ciphertext = sealed.subarray(aes256Gcm.nonceLength);
  try {
    return aes256Gcm.open(secrets.key, nonce, ciphertext, placeOf(secrets, role, order));
  } catch (cause) {
    if (cause instanceof DecryptError) throw new RoomError('unauthentic', { cause });
    throw cause;
  }
}

/** The associated data: without it the relay could show a message of another place, or one's own as an answer. */
function placeOf(secrets: RoomSecrets, role: Role, order: number): Uint8Array {
  return new Writer().text(Label.message).bytes(secrets.id).text(role).uint32(order).finish();
}
