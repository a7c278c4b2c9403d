import { Writer, utf8 } from '@orrery/bytes';
import { hkdfSha256, scrypt, wipe } from '@orrery/crypto';
import { Label } from './labels.ts';
import { parsePhrase } from './phrase.ts';
import { ROOM_ID_LENGTH } from './relay.ts';
import { ROOM_KEY_LENGTH, type RoomSecrets } from './secrets.ts';
import { WRITE_TOKEN_LENGTH, perSlot } from './slots.ts';

/** RFC 7914. A guess costs 128 MiB and some tenths of a second. */
const SCRYPT_COST = { N: 2 ** 17, r: 8, p: 1 } as const;
const SCRYPT_LENGTH = 32;

/**
 * The room of a phrase. Any other phrase, purpose or username has another one. Takes some tenths of a second and
 * 128 MiB.
 *
 * @param phrase as `makePhrase` and `parsePhrase` return it
 * @param purpose the caller's label: what the two meet for
 * @param username the account they meet about, as both of them write it
 * @throws {PhraseError} the text is not a phrase
 * @throws {RangeError} the phrase is not in canonical form
 */
export async function deriveRoom(phrase: string, purpose: string, username: string): Promise<RoomSecrets> {
  if ((await parsePhrase(phrase)) !== phrase)
    throw new RangeError('Cannot derive room: the phrase is not in canonical form');
  const salt = new Writer().text(Label.phrase).text(purpose).text(username).finish();
  const password = utf8(phrase);
  const secret = scrypt(password, salt, SCRYPT_COST, SCRYPT_LENGTH);
  const room = expand(secret);
  wipe(password, secret);
  return room;
}

/** HKDF-SHA-256 (RFC 5869) without salt; `info` says what each output is for. */
function expand(secret: Uint8Array): RoomSecrets {
  const derive = (info: Writer, length: number) =>
    hkdfSha256(secret, new Uint8Array(), info.finish(), length);
  return {
    id: derive(new Writer().text(Label.roomId), ROOM_ID_LENGTH),
    key: derive(new Writer().text(Label.roomKey), ROOM_KEY_LENGTH),
    tokens: perSlot((role, slot) =>
      derive(new Writer().text(Label.writeToken).text(role).uint32(slot), WRITE_TOKEN_LENGTH),
    ),
  };
}
