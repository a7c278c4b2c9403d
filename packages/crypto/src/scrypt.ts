import { native } from '#native';

import type { ScryptCost } from './native.ts';

/** Most memory that a derivation may use: 1 GiB. */
const MEMORY_LIMIT = 2 ** 30;
/** Bound of RFC 7914, section 2, for r * p. */
const PARALLEL_LIMIT = 2 ** 30;

/**
 * scrypt (RFC 7914). It blocks for as long as it is meant to take and uses 128 * N * r bytes.
 *
 * @throws {RangeError} the cost is not one that RFC 7914 permits, or needs more than 1 GiB
 */
export function scrypt(password: Uint8Array, salt: Uint8Array, cost: ScryptCost, length: number): Uint8Array {
  const { N, r, p } = cost;
  if (![N, r, p, length].every((value) => Number.isSafeInteger(value) && value > 0)) {
    throw new RangeError(
      `Cannot use scrypt with N ${N}, r ${r}, p ${p}, length ${length}: positive integers expected`,
    );
  }
  if (N < 2 || !Number.isInteger(Math.log2(N))) {
    throw new RangeError(`Cannot use scrypt with N "${N}": a power of two expected`);
  }
  if (128 * N * r > MEMORY_LIMIT || r * p >= PARALLEL_LIMIT) {
    throw new RangeError(
      `Cannot use scrypt with N ${N}, r ${r}, p ${p}: more than ${MEMORY_LIMIT} bytes needed`,
    );
  }
  return native.scrypt(password, salt, cost, length);
}
