import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ChangedError, explain } from './error.ts';
import { changeFolder } from './folder-sync.ts';
import { equalStamp, stampOf, type Stamp } from './stamp.ts';
import { findTarget, type Target } from './target.ts';
import { removeStaleTemporaries, withTemporary } from './temporary.ts';

export interface WriteOptions {
  /** Permission bits, at most 0o777. */
  readonly mode: number;
  /** Whole seconds since 1970; now if left out. */
  readonly mtimeSeconds?: number;
  /** What the caller last saw at the path: a stamp, or null for nothing. Left out, anything is replaced. */
  readonly expect?: Stamp | null;
}

const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/**
 * Puts the bytes at the path so that after a crash at any moment either the old or the new file stands there, whole.
 * The user's own symlink is kept and the file it leads to is replaced. Returns the stamp of the new file.
 * Throws ChangedError if the file is not the expected one, UnsafeFileError if no own regular file stands there,
 * DiskError with the system's code (`ENOSPC`, `EACCES`); after each of them the old file is as it was. Only DiskError
 * `not-synced` is thrown when the new file already stands there.
 */
export function writeFileAtomic(path: string, bytes: Uint8Array, options: WriteOptions): Stamp {
  checkOptions(path, options);
  const target = findTarget(path);
  const file = target?.path ?? path;
  // The folder of a link's target is nobody's to clean up otherwise.
  if (target?.viaLink) removeStaleTemporaries(dirname(file));
  try {
    return withTemporary(dirname(file), (temporary) => replace(path, file, temporary, bytes, options));
  } catch (error) {
    throw explain('write', path, error);
  }
}

/**
 * Removes the file if it is still the expected one (ChangedError otherwise). Of the user's own symlink only the link
 * goes: what it leads to stands outside the folder and stays. Other errors as `writeFileAtomic`.
 */
export function removeFile(path: string, { expect }: { readonly expect: Stamp }): void {
  try {
    changeFolder(dirname(path), () => {
      checkExpected('remove', path, findTarget(path), expect);
      unlinkSync(path);
    });
  } catch (error) {
    throw explain('remove', path, error);
  }
}

function checkOptions(path: string, { mode, mtimeSeconds = 0 }: WriteOptions): void {
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o777) {
    throw new RangeError(`Cannot write "${path}" with mode ${mode}: an integer of at most 0o777 expected`);
  }
  if (!Number.isSafeInteger(mtimeSeconds)) {
    throw new RangeError(`Cannot write "${path}" with time ${mtimeSeconds}: whole seconds expected`);
  }
}

function replace(
  path: string,
  file: string,
  temporary: string,
  bytes: Uint8Array,
  options: WriteOptions,
): Stamp {
  const opened = openSync(temporary, CREATE_FLAGS, 0o600);
  try {
    fill(opened, bytes, options);
    changeFolder(dirname(file), () => {
      const current = findTarget(path);
      if ((current?.path ?? path) !== file)
        throw new ChangedError(path, `Cannot write "${path}": it leads to another file by now`);
      checkExpected('write', path, current, options.expect);
      renameSync(temporary, file);
    });
    return stampOf(fstatSync(opened, { bigint: true }));
  } finally {
    closeSync(opened);
  }
}

function fill(file: number, bytes: Uint8Array, { mode, mtimeSeconds }: WriteOptions): void {
  for (let offset = 0; offset < bytes.length;)
    offset += writeSync(file, bytes, offset, bytes.length - offset, offset);
  fchmodSync(file, mode);
  if (mtimeSeconds !== undefined) futimesSync(file, Date.now() / 1000, mtimeSeconds);
  fsyncSync(file);
}

function checkExpected(
  action: string,
  path: string,
  current: Target | undefined,
  expect: Stamp | null | undefined,
): void {
  if (expect === undefined) return;
  if (expect === null) {
    if (current)
      throw new ChangedError(path, `Cannot ${action} "${path}": a new file stands there, none expected`);
  } else if (!current) {
    throw new ChangedError(path, `Cannot ${action} "${path}": it is gone`);
  } else if (!equalStamp(stampOf(current.stat), expect)) {
    throw new ChangedError(path, `Cannot ${action} "${path}": it was changed meanwhile`);
  }
}
