/** Throws RangeError unless the array has the length that `what`, such as "X-Wing public key", must have. */
export function checkLength(what: string, bytes: Uint8Array, expected: number): void {
  if (bytes.length !== expected) {
    throw new RangeError(`Cannot use ${what}: found ${bytes.length} bytes, ${expected} expected`);
  }
}
