import { equal } from '@orrery/bytes';
import type { FileHandle } from './handles.ts';
import { SftpError } from './status.ts';

/** Bytes between two looks whether anything else is to be done. */
const STEP = 1024 * 1024;

/**
 * Copies `length` bytes, or up to the end for 0, from one open file to another.
 * @throws {SftpError} for a copy onto the same file, whose end might run away, and for an end before `length`.
 */
export async function copyData(
  from: FileHandle,
  offset: number,
  length: number,
  to: FileHandle,
  toOffset: number,
): Promise<void> {
  if (from === to || equal(from.path, to.path)) throw new SftpError('failure');
  const buffer = new Uint8Array(STEP);
  const total = length === 0 ? Number.MAX_SAFE_INTEGER : length;
  for (let copied = 0; copied < total;) {
    const count = await from.file.read(buffer.subarray(0, Math.min(STEP, total - copied)), offset + copied);
    if (count === 0) {
      if (length === 0) return;
      throw new SftpError('endOfFile');
    }
    await to.file.write(buffer.subarray(0, count), toOffset + copied);
    copied += count;
    to.bytesWritten += count;
    await new Promise(setImmediate);
  }
}
