// Reading a file of a user as that user, so that neither a link nor a file system shows more than the user may see.
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Account } from '../monitor/accounts.ts';

/** Whose file it is. */
export type Owner = Pick<Account, 'uid' | 'gid' | 'home'>;

/**
 * Runs something, all of it in one turn, with a user's rights; without root everything has the own rights anyway.
 * @throws {Error} if it throws, or the system does not know such a user.
 */
function asUser<T>({ uid, gid }: Owner, action: () => T): T {
  const { setegid, seteuid, setgroups, getgroups } = process;
  if (process.getuid?.() !== 0 || !setegid || !seteuid || !setgroups || !getgroups) return action();
  const groups = getgroups();
  try {
    setgroups([gid]);
    setegid(gid);
    seteuid(uid);
    return action();
  } finally {
    seteuid(0);
    setegid(0);
    setgroups(groups);
  }
}

/**
 * The content of a user's regular file.
 * @param isStrict Others must not be able to write it, nor the folders up to the user's home or the root.
 * @returns Why the file does not count, as text.
 */
export function readOwnedFile(
  path: string,
  owner: Owner,
  isStrict: boolean,
  maxBytes: number,
): Uint8Array | string {
  try {
    return asUser(owner, () => readChecked(path, owner, isStrict, maxBytes));
  } catch {
    return 'it cannot be read';
  }
}

function readChecked(path: string, owner: Owner, isStrict: boolean, maxBytes: number): Uint8Array | string {
  // A pipe without a writer must not hold the server up.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return 'it is not a regular file';
    if (stat.size > maxBytes) return 'it is too large';
    if (isStrict && isOpenToOthers(stat, owner)) return 'bad ownership or modes of the file';
    if (isStrict && !areFoldersSafe(path, owner)) return 'bad ownership or modes of a folder above it';
    return readWhole(descriptor, stat.size);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * As many bytes as the file says to have. Those in /proc say none: there are some without an end, and some that wait for
 * another process, and everybody's login with them.
 */
function readWhole(descriptor: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let length = 0;
  for (let read = -1; read !== 0 && length < size; length += read)
    read = readSync(descriptor, bytes, length, size - length, null);
  return bytes.subarray(0, length);
}

/** The folders above a file, links followed, up to the user's home. */
function areFoldersSafe(path: string, owner: Owner): boolean {
  try {
    const home = realHome(owner);
    for (let folder = dirname(realpathSync(path)); ; folder = dirname(folder)) {
      if (isOpenToOthers(statSync(folder), owner)) return false;
      if (folder === home || folder === dirname(folder)) return true;
    }
  } catch {
    return false;
  }
}

function realHome({ home }: Owner): string {
  try {
    return realpathSync(home);
  } catch {
    return home;
  }
}

function isOpenToOthers({ uid, mode }: { uid: number; mode: number }, owner: Owner): boolean {
  return (uid !== 0 && uid !== owner.uid) || (mode & 0o022) !== 0;
}
