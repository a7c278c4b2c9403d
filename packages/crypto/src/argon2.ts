import { native } from '#native';

import type { Argon2Cost, Argon2Kind } from './native.ts';

export type { Argon2Cost, Argon2Kind } from './native.ts';

/** Most memory of a derivation, in KiB: 1 GiB. */
const MAX_MEMORY = 2 ** 20;
/** Most memory times passes, in KiB: some seconds. */
const MAX_WORK = 2 ** 22;
const MAX_PARALLELISM = 64;
/** Least memory for each lane, in KiB (RFC 9106, section 3.1). */
const LANE_MEMORY = 8;
/** Shortest salt, in bytes, that all implementations take. */
const MIN_SALT = 8;
const MIN_LENGTH = 4;

/**
 * Argon2, version 1.3 (RFC 9106). This thread goes on meanwhile.
 *
 * @param salt At least 8 bytes. @param length At least 4 bytes.
 * @throws {RangeError} the cost is not one that RFC 9106 permits, or it is too high: the memory more than 1 GiB, or memory
 * times passes more than 4 GiB, or the parallelism more than 64
 */
export async function argon2(
  kind: Argon2Kind,
  password: Uint8Array,
  salt: Uint8Array,
  { memory, passes, parallelism }: Argon2Cost,
  length: number,
): Promise<Uint8Array> {
  const isPossible =
    [memory, passes, parallelism, length].every((value) => Number.isSafeInteger(value) && value > 0) &&
    memory >= LANE_MEMORY * parallelism &&
    salt.length >= MIN_SALT &&
    length >= MIN_LENGTH;
  const isBounded = memory <= MAX_MEMORY && memory * passes <= MAX_WORK && parallelism <= MAX_PARALLELISM;
  if (!isPossible || !isBounded)
    throw new RangeError(
      `Cannot use Argon2 with ${memory} KiB, ${passes} passes, parallelism ${parallelism}, a salt of ${salt.length} bytes, length ${length}: they are ${isPossible ? 'too many' : 'none that it has'}`,
    );
  return native.argon2(kind, password, salt, { memory, passes, parallelism }, length);
}
