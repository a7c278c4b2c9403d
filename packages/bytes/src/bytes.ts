const encoder = new TextEncoder();

/** The parts one after the other, in a new array. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Whether two arrays hold the same bytes. Its time depends on them: not for secrets. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/**
 * The text in UTF-8.
 *
 * @throws {RangeError} the text has a lone surrogate, which UTF-8 cannot hold
 */
export function utf8(text: string): Uint8Array {
  if (!text.isWellFormed()) throw new RangeError('Cannot encode text: it has a lone surrogate');
  return encoder.encode(text);
}
