// Hashes of passwords as PHC strings (the string format of the Password Hashing Competition) of Argon2id (RFC 9106):
// `$argon2id$v=19$m=65536,t=3,p=4$SALT$TAG`, as the argon2 command and most libraries have them.
import { argon2, equalSecret, randomBytes, wipe, type Argon2Cost } from '@orrery/crypto';

/** The second recommended option of RFC 9106, section 4. */
const COST: Argon2Cost = { memory: 65_536, passes: 3, parallelism: 4 };
const SALT_LENGTH = 16;
const TAG_LENGTH = 32;

/** Longest password, in bytes: what goes into a packet of SSH with room to spare. */
export const MAX_PASSWORD = 1024;

interface PasswordHash {
  readonly cost: Argon2Cost;
  readonly salt: Uint8Array;
  readonly tag: Uint8Array;
}

/** Of whoever has no password where nobody has: it costs what a new one does, and no password is right. */
const NOBODY: PasswordHash = {
  cost: COST,
  salt: new Uint8Array(SALT_LENGTH),
  tag: new Uint8Array(TAG_LENGTH),
};

/** A PHC string with a new salt. @throws {RangeError} for an empty password, or a longer one than MAX_PASSWORD. */
export async function hashPassword(password: Uint8Array): Promise<string> {
  if (password.length === 0 || password.length > MAX_PASSWORD)
    throw new RangeError(`Cannot use a password of ${password.length} bytes: 1 to ${MAX_PASSWORD} expected`);
  const salt = randomBytes(SALT_LENGTH);
  const { memory, passes, parallelism } = COST;
  const tag = await argon2('argon2id', password, salt, COST, TAG_LENGTH);
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

/** Whether it is a string that `verifyPassword` takes. */
export function isPasswordHash(text: string): boolean {
  return parse(text) !== undefined;
}

/**
 * Whether it is the password.
 * @param hash A PHC string; undefined for somebody who has none, which takes as long and is never right.
 * @param other That of somebody else, whose cost may be another than that of new ones; undefined if nobody has any.
 * @throws {RangeError} if the hash is none, or its cost too high.
 */
export async function verifyPassword(
  hash: string | undefined,
  password: Uint8Array,
  other?: string,
): Promise<boolean> {
  const shown = hash ?? other;
  const known = shown === undefined ? NOBODY : parse(shown);
  if (known === undefined)
    throw new RangeError('Cannot verify a password: its hash is no PHC string of Argon2id');
  const isPossible = password.length > 0 && password.length <= MAX_PASSWORD;
  const { salt, cost, tag } = known;
  const found = await argon2('argon2id', isPossible ? password : new Uint8Array(1), salt, cost, tag.length);
  const isRight = equalSecret(found, tag);
  wipe(found);
  return isRight && isPossible && hash !== undefined;
}

function parse(text: string): PasswordHash | undefined {
  const [, memory, passes, parallelism, salt = '', tag = ''] =
    /^\$argon2id\$v=19\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/.exec(
      text,
    ) ?? [];
  if (memory === undefined) return undefined;
  try {
    return {
      cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
      salt: Uint8Array.fromBase64(salt),
      tag: Uint8Array.fromBase64(tag),
    };
  } catch {
    return undefined;
  }
}

/** Without padding, as PHC strings have it. */
function base64(bytes: Uint8Array): string {
  return bytes.toBase64({ omitPadding: true });
}
