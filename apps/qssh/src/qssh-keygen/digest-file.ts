import type { SshsigHash } from '@orrery/keys';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { reasonOf } from '../copy/reason.ts';
import { KeygenError } from './session.ts';

const CHUNK_LENGTH = 1_048_576;

/** The hash of a file of any length, or of standard input for undefined. @throws {KeygenError} */
export function digestFile(path: string | undefined, hash: SshsigHash): Uint8Array {
  try {
    const file = path === undefined ? 0 : openSync(path, 'r');
    try {
      return digest(file, hash);
    } finally {
      if (file !== 0) closeSync(file);
    }
  } catch (cause) {
    throw new KeygenError(`Cannot open ${path ?? 'standard input'} for signing: ${reasonOf(cause)}`);
  }
}

function digest(file: number, hash: SshsigHash): Uint8Array {
  const hasher = createHash(hash);
  const chunk = new Uint8Array(CHUNK_LENGTH);
  for (let count = -1; count !== 0;) {
    count = readSync(file, chunk);
    hasher.update(chunk.subarray(0, count));
  }
  return new Uint8Array(hasher.digest());
}
