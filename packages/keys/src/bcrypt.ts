/** Most rounds that are run: about 20 seconds. ssh-keygen makes 24, or as many as `-a` says. */
export const MAX_BCRYPT_ROUNDS = 1024;

/**
 * The key derivation of OpenSSH's private keys: bcrypt_pbkdf of OpenBSD. It is loaded when it is used first.
 * @throws {RangeError} for passphrase, salt or length of 0, and for too many rounds
 */
export async function bcryptPbkdf(
  passphrase: Uint8Array,
  salt: Uint8Array,
  rounds: number,
  length: number,
): Promise<Uint8Array> {
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MAX_BCRYPT_ROUNDS)
    throw new RangeError(`Cannot run bcrypt for ${rounds} rounds: 1 to ${MAX_BCRYPT_ROUNDS} expected`);
  const { pbkdf } = await import('bcrypt-pbkdf');
  const key = new Uint8Array(length);
  if (pbkdf(passphrase, passphrase.length, salt, salt.length, key, length, rounds) !== 0)
    throw new RangeError('Cannot run bcrypt: passphrase, salt or length is empty or too long');
  return key;
}
