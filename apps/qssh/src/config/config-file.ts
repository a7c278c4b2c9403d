// A file of configuration, before anything of it is understood.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { maxConfigBytes } from '@orrery/sshfiles';
import { reasonOf } from '../copy/reason.ts';

/** The file can be written by others, so that its lines may be anybody's. */
class UnsafeConfigError extends Error {
  override readonly name = 'UnsafeConfigError';
}

/**
 * The bytes of a config file; undefined if there is none.
 * @param demandPrivate Only the user or root may be able to write it.
 * @throws {UnsafeConfigError} or what the system says
 */
export function readConfigFile(path: string, demandPrivate: boolean): Uint8Array | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw unreadable(path, cause);
  }
  try {
    const { uid, mode } = fstatSync(file);
    const isOwn = uid === 0 || uid === process.getuid?.();
    if (demandPrivate && (!isOwn || (mode & 0o022) !== 0))
      throw new UnsafeConfigError(`Bad owner or permissions on ${path}`);
    return readAll(file, path);
  } finally {
    closeSync(file);
  }
}

function readPart(file: number, into: Uint8Array, path: string): number {
  try {
    return readSync(file, into);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): Error {
  return new Error(`Cannot read "${path}": ${reasonOf(cause).toLowerCase()}`, { cause });
}

/** Pipes have no size, so this reads until there is no more. */
function readAll(file: number, path: string): Uint8Array {
  const bytes = new Uint8Array(maxConfigBytes + 1);
  let length = 0;
  for (;;) {
    const count = readPart(file, bytes.subarray(length), path);
    if (count === 0) return bytes.slice(0, length);
    length += count;
    if (length > maxConfigBytes)
      throw new RangeError(`Cannot read "${path}": more than ${maxConfigBytes} bytes`);
  }
}
