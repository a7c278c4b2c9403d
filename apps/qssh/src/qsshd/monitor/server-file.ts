// Files that the operator names.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** The content of a regular file; why it cannot be had, as text. */
export function readServerFile(path: string, maxBytes: number): Uint8Array | string {
  let descriptor: number;
  try {
    // A pipe without a writer must not hold the server up.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return 'it cannot be opened';
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return 'it is not a regular file';
    if (stat.size > maxBytes) return 'it is too large';
    return new Uint8Array(readFileSync(descriptor));
  } catch {
    return 'it cannot be read';
  } finally {
    closeSync(descriptor);
  }
}
