import { chmodSync, lstatSync, mkdirSync, realpathSync, statSync, type BigIntStats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { explain, shellWord, UnsafeFileError, type UnsafeCode } from './error.ts';
import { isOwn, permissions } from './stamp.ts';

interface OwnershipOptions {
  /** The user's home folder: what is above it is not looked at (as sshd's StrictModes). Default: up to the root. */
  readonly home?: string | undefined;
}

export interface PrivateFolderOptions extends OwnershipOptions {
  /** Takes away what a folder of ours lets others read (0755 becomes 0700). Default: leave the mode alone. */
  readonly repair?: boolean;
}

const WRITABLE_BY_OTHERS = 0o022;
const ACCESSIBLE_BY_OTHERS = 0o077;
const STICKY = 0o1000;

/**
 * Creates the folder (and missing ones above it) with mode 0700, then checks it as `checkOwnership` does.
 */
export function ensurePrivateFolder(path: string, { home, repair = false }: PrivateFolderOptions = {}): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw explain('create', path, error);
  }
  checkOwnership(path, { home });
  if (!repair || process.platform === 'win32') return;
  const mode = permissions(statSync(path, { bigint: true }));
  if (mode & ACCESSIBLE_BY_OTHERS) chmodSync(path, mode & ~ACCESSIBLE_BY_OTHERS);
}

/**
 * Checks that nobody but the user (and root) can put or replace files in the folder: it belongs to the user, every
 * folder above it to the user or root, and none is writable for group or others, except sticky ones above.
 * The folder may be the user's own symlink. Throws UnsafeFileError: `foreign-owner`, `foreign-link`,
 * `writable-by-others`, `not-folder`; its hint is the command to type. Windows has no such modes: nothing to check.
 */
export function checkOwnership(path: string, { home }: OwnershipOptions = {}): void {
  if (process.platform === 'win32') return;
  try {
    const top = home === undefined ? '/' : realpathSync(home);
    const link = lstatSync(path, { bigint: true });
    if (link.isSymbolicLink()) {
      if (!isOwn(link))
        throw unsafe(
          'foreign-link',
          path,
          `the link belongs to user ${link.uid}, expected ${process.geteuid?.()}`,
        );
      checkAncestors(realpathSync(dirname(resolve(path))), top);
    }
    const folder = realpathSync(path);
    checkOne(folder, false);
    if (folder !== top && folder !== '/') checkAncestors(dirname(folder), top);
  } catch (error) {
    throw explain('use folder', path, error);
  }
}

function checkAncestors(path: string, top: string): void {
  for (let folder = path; ; folder = dirname(folder)) {
    checkOne(folder, true);
    if (folder === top || folder === '/') return;
  }
}

function checkOne(path: string, ancestor: boolean): void {
  const stat = statSync(path, { bigint: true });
  if (!stat.isDirectory()) throw unsafe('not-folder', path, 'it is not a folder');
  if (!isOwn(stat) && !(ancestor && stat.uid === 0n)) {
    throw unsafe(
      'foreign-owner',
      path,
      `it belongs to user ${stat.uid}, expected ${process.geteuid?.()}`,
      `sudo chown ${process.geteuid?.()} ${shellWord(path)}`,
    );
  }
  if (isWritableByOthers(stat, ancestor)) {
    const mode = permissions(stat).toString(8).padStart(4, '0');
    throw unsafe(
      'writable-by-others',
      path,
      `mode ${mode} lets other users change what is in it`,
      `chmod go-w ${shellWord(path)}`,
    );
  }
}

/** In a sticky folder such as /tmp others can add entries but not replace ours. */
function isWritableByOthers(stat: BigIntStats, ancestor: boolean): boolean {
  const mode = permissions(stat);
  return (mode & WRITABLE_BY_OTHERS) !== 0 && !(ancestor && mode & STICKY);
}

function unsafe(code: UnsafeCode, path: string, reason: string, hint?: string): UnsafeFileError {
  return new UnsafeFileError(code, path, `Cannot use folder "${path}": ${reason}`, { hint });
}
