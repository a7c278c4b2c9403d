import { native } from '#native';

/** Random bytes of the system's generator. */
export function randomBytes(length: number): Uint8Array {
  return native.randomBytes(length);
}

/** Whether two secrets are equal, in a time that depends on their lengths only. */
export function equalSecret(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && native.equalSecret(a, b);
}

/** Overwrites secrets that are no longer needed with zeros. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}
