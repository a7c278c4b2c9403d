import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { DiskError, explain, isSystemError, shellWord, UnsafeFileError } from './error.ts';
import { equalStamp, permissions, stampOf, type Stamp } from './stamp.ts';
import { checkRegular, findTarget, type Target } from './target.ts';

export interface RegularFile {
  readonly bytes: Uint8Array;
  readonly stamp: Stamp;
  /** Read through the user's own symlink. */
  readonly viaLink: boolean;
}

/** O_NOFOLLOW and O_NONBLOCK against a file swapped for a link or a FIFO after the look; Windows has neither. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const READ_ATTEMPTS = 4;

/**
 * Reads an own regular file of at most `maxBytes`, directly or through the user's own symlink. The stamp belongs to
 * exactly these bytes. Throws UnsafeFileError (`not-regular`, `foreign-owner`, `foreign-link`, `dangling-link`,
 * `too-large`, or `unstable` when it never stops changing) and DiskError with the system's code (`ENOENT`, `EACCES`).
 */
export function readRegularFile(path: string, maxBytes: number): RegularFile {
  const target = findTarget(path);
  if (target === undefined) throw new DiskError('ENOENT', path, `Cannot read "${path}": no such file`);
  const file = open(target);
  try {
    for (let attempt = 0; attempt < READ_ATTEMPTS; attempt += 1) {
      const found = readOnce(file, target.path, maxBytes);
      if (found !== undefined) return { ...found, viaLink: target.viaLink };
    }
  } catch (error) {
    throw explain('read', path, error);
  } finally {
    closeSync(file);
  }
  throw new UnsafeFileError(
    'unstable',
    path,
    `Cannot read "${path}": it changed ${READ_ATTEMPTS} times while it was read`,
  );
}

/** The stamp of what `readRegularFile` would read, by the same rules; undefined when nothing stands at the path. */
export function statRegularFile(path: string): Stamp | undefined {
  const target = findTarget(path);
  return target && stampOf(target.stat);
}

function open({ path, stat }: Target): number {
  try {
    return openSync(path, OPEN_FLAGS);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === 'ELOOP') {
      const message = `Cannot use "${path}": found a symlink that was not there before, expected a regular file`;
      throw new UnsafeFileError('not-regular', path, message, { cause: error });
    }
    if (error.code !== 'EACCES') throw explain('read', path, error);
    const mode = permissions(stat).toString(8).padStart(4, '0');
    throw new DiskError('EACCES', path, `Cannot read "${path}": permission denied (mode ${mode})`, {
      hint: `chmod u+r ${shellWord(path)}`,
      cause: error,
    });
  }
}

/** Undefined when the file changed meanwhile: half of one state and half of another is no content. */
function readOnce(
  file: number,
  path: string,
  maxBytes: number,
): { bytes: Uint8Array; stamp: Stamp } | undefined {
  const stat = fstatSync(file, { bigint: true });
  checkRegular(path, stat);
  const stamp = stampOf(stat);
  if (stamp.size > maxBytes) {
    throw new UnsafeFileError(
      'too-large',
      path,
      `Cannot read "${path}": ${stamp.size} bytes, at most ${maxBytes} expected`,
    );
  }
  const bytes = new Uint8Array(stamp.size);
  const length = fill(file, bytes);
  const after = stampOf(fstatSync(file, { bigint: true }));
  return length === bytes.length && equalStamp(stamp, after) ? { bytes, stamp } : undefined;
}

function fill(file: number, bytes: Uint8Array): number {
  let length = 0;
  while (length < bytes.length) {
    const count = readSync(file, bytes, length, bytes.length - length, length);
    if (count === 0) break;
    length += count;
  }
  return length;
}
