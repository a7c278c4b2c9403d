import { native } from '#native';

/** SHA-256 (FIPS 180-4), 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  return native.sha256(message);
}

/** SHA-384 (FIPS 180-4), 48 bytes. */
export function sha384(message: Uint8Array): Uint8Array {
  return native.sha384(message);
}

/** SHA-512 (FIPS 180-4), 64 bytes. */
export function sha512(message: Uint8Array): Uint8Array {
  return native.sha512(message);
}

/** SHA3-256 (FIPS 202), 32 bytes. */
export function sha3_256(message: Uint8Array): Uint8Array {
  return native.sha3_256(message);
}

/**
 * SHAKE256 (FIPS 202), `length` bytes.
 *
 * @throws {RangeError} `length` is not a positive integer
 */
export function shake256(message: Uint8Array, length: number): Uint8Array {
  if (!Number.isSafeInteger(length) || length < 1) {
    throw new RangeError(`Cannot hash to "${length}" bytes with SHAKE256: a positive integer expected`);
  }
  return native.shake256(message, length);
}

/** MD5 (RFC 1321), 16 bytes. It is broken: only for the fingerprints and key files of old OpenSSH. */
export function insecureMd5(message: Uint8Array): Uint8Array {
  return native.insecureMd5(message);
}

/** SHA-1 (FIPS 180-4), 20 bytes. It is broken: only for key files of old PuTTY. */
export function insecureSha1(message: Uint8Array): Uint8Array {
  return native.insecureSha1(message);
}
