import { concat } from '@orrery/bytes';
import { MAX_PRIVATE_KEY_FILE } from '@orrery/keys';
import { closeSync, openSync, readSync } from 'node:fs';
import { reasonOf } from '../copy/reason.ts';
import { KeygenError } from './session.ts';

export const STANDARD_INPUT = '-';

const CHUNK_LENGTH = 65_536;

/** A whole file. @param what Stands before the reason of a failure; the path if absent. @throws {KeygenError} */
export function readFile(path: string, max: number = MAX_PRIVATE_KEY_FILE, what: string = path): Uint8Array {
  try {
    return readAtMost(path, max);
  } catch (cause) {
    throw new KeygenError(`${what}: ${reasonOf(cause)}`);
  }
}

/** The text of a file in which no byte is lost; undefined if there is none. */
export function readTextIfThere(path: string, max: number = MAX_PRIVATE_KEY_FILE): string | undefined {
  try {
    return new TextDecoder().decode(readAtMost(path, max));
  } catch {
    return undefined;
  }
}

function readAtMost(path: string, max: number): Uint8Array {
  const file = path === STANDARD_INPUT ? 0 : openSync(path, 'r');
  try {
    const chunks: Uint8Array[] = [];
    for (let length = 0; ;) {
      const chunk = new Uint8Array(CHUNK_LENGTH);
      const count = readSync(file, chunk);
      if (count === 0) return concat(...chunks);
      length += count;
      if (length > max) throw new RangeError(`it has more than ${max} bytes`);
      chunks.push(chunk.subarray(0, count));
    }
  } finally {
    if (file !== 0) closeSync(file);
  }
}
