import { native } from '#native';

/** HMAC-SHA-256 (RFC 2104), 32 bytes. Compare with `equalSecret`. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return native.hmacSha256(key, message);
}

/** HMAC-SHA-1 (RFC 2104), 20 bytes. SHA-1 is broken: only for the hashed host names of OpenSSH. */
export function insecureHmacSha1(key: Uint8Array, message: Uint8Array): Uint8Array {
  return native.insecureHmacSha1(key, message);
}
