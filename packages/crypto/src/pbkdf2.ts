import { native } from '#native';

import type { Pbkdf2Hash } from './native.ts';

export type { Pbkdf2Hash } from './native.ts';

/**
 * PBKDF2 (RFC 8018, section 5.2) with HMAC. It blocks for as long as the iterations take: the caller bounds them.
 *
 * @throws {RangeError} `iterations` or `length` is not a positive integer
 */
export function pbkdf2(
  hash: Pbkdf2Hash,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Uint8Array {
  if (![iterations, length].every((value) => Number.isSafeInteger(value) && value > 0)) {
    throw new RangeError(
      `Cannot use PBKDF2 with iterations ${iterations}, length ${length}: positive integers expected`,
    );
  }
  return native.pbkdf2(hash, password, salt, iterations, length);
}
