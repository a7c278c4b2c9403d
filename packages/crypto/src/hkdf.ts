import { native } from '#native';

/** The counter of HKDF is one byte, and each step gives one SHA-256 output (RFC 5869, section 2.3). */
const LONGEST_OUTPUT = 255 * 32;
/** Longest `info` that every platform takes. */
const LONGEST_INFO = 1024;

/**
 * HKDF-SHA-256 (RFC 5869), extract then expand.
 *
 * @param secret input key material
 * @param salt may be empty
 * @param info what the output is for: every use has its own, at most 1024 bytes
 * @param length of the output, at most 8160 bytes
 * @throws {RangeError} `info` or `length` is out of range
 */
export function hkdfSha256(
  secret: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  if (!Number.isInteger(length) || length < 1 || length > LONGEST_OUTPUT) {
    throw new RangeError(`Cannot derive "${length}" bytes with HKDF: expected 1 to ${LONGEST_OUTPUT}`);
  }
  if (info.length > LONGEST_INFO) {
    throw new RangeError(
      `Cannot use HKDF info: found ${info.length} bytes, at most ${LONGEST_INFO} expected`,
    );
  }
  return native.hkdfSha256(secret, salt, info, length);
}
