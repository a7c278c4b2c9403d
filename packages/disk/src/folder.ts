import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { explain, isSystemError, shellWord, UnsafeFileError, type UnsafeCode } from './error.ts';
import { isOwn, permissions } from './stamp.ts';
import { walk, type Step } from './walk.ts';

export interface OwnershipOptions {
  /** The user's home folder: what is on the way to it is not checked (as sshd's StrictModes). Default: all is checked. */
  readonly home?: string | undefined;
}

export interface PrivateFolderOptions extends OwnershipOptions {
  /** Takes away what a folder of ours lets others read (0755 becomes 0700). Default: leave the mode alone. */
  readonly repair?: boolean;
}

const WRITABLE_BY_OTHERS = 0o022;
const ACCESSIBLE_BY_OTHERS = 0o077;
const STICKY = 0o1000;

/** Creates the folder (and missing ones above it) with mode 0700, then checks it as `checkOwnership` does. */
export function ensurePrivateFolder(path: string, { home, repair = false }: PrivateFolderOptions = {}): void {
  create(path);
  checkOwnership(path, { home });
  if (!repair || process.platform === 'win32') return;
  try {
    const mode = permissions(statSync(path, { bigint: true }));
    if (mode & ACCESSIBLE_BY_OTHERS) chmodSync(path, mode & ~ACCESSIBLE_BY_OTHERS);
  } catch (error) {
    throw explain('make private', path, error);
  }
}

/**
 * Checks that nobody but the user (and root) can put or replace files in the folder: it belongs to the user, every
 * folder and symlink on the way to it to the user or root, and no folder is writable for group or others, except
 * sticky ones on the way. Throws UnsafeFileError: `foreign-owner`, `foreign-link`, `writable-by-others`, `not-folder`;
 * its hint is the command to type. Windows has no such modes: nothing to check.
 */
export function checkOwnership(path: string, { home }: OwnershipOptions = {}): void {
  if (process.platform === 'win32') return;
  try {
    const trusted = new Set(home === undefined ? [] : wayTo(home));
    const { way, end } = walk(path);
    for (const step of way) if (!trusted.has(step.path)) checkStep(step);
    checkEnd(end);
  } catch (error) {
    throw explain('use folder', path, error);
  }
}

function wayTo(home: string): string[] {
  const { way, end } = walk(home);
  return way.map((step) => step.path).filter((path) => path !== end.path);
}

function create(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    // Something else stands there: the check says what.
    if (!isSystemError(error) || error.code !== 'EEXIST') throw explain('create', path, error);
  }
}

function checkStep({ path, stat }: Step): void {
  const isTrusted = isOwn(stat) || stat.uid === 0n;
  if (stat.isSymbolicLink()) {
    if (!isTrusted) throw unsafe('foreign-link', path, `it is a link that belongs to user ${stat.uid}`);
    return;
  }
  if (!stat.isDirectory()) throw unsafe('not-folder', path, 'it is no folder');
  if (!isTrusted) throw foreign(path, stat.uid);
  // In a sticky folder such as /tmp others can add entries but not replace ours.
  const mode = permissions(stat);
  if (mode & WRITABLE_BY_OTHERS && !(mode & STICKY)) throw writableByOthers(path, mode);
}

function checkEnd({ path, stat }: Step): void {
  if (!stat.isDirectory()) throw unsafe('not-folder', path, 'it is no folder');
  if (!isOwn(stat)) throw foreign(path, stat.uid);
  const mode = permissions(stat);
  if (mode & WRITABLE_BY_OTHERS) throw writableByOthers(path, mode);
}

function foreign(path: string, owner: bigint): UnsafeFileError {
  const user = process.geteuid?.();
  const reason = `it belongs to user ${owner}, expected ${user}`;
  return unsafe('foreign-owner', path, reason, `sudo chown ${user} ${shellWord(path)}`);
}

function writableByOthers(path: string, mode: number): UnsafeFileError {
  const reason = `mode ${mode.toString(8).padStart(4, '0')} lets other users change what is in it`;
  return unsafe('writable-by-others', path, reason, `chmod go-w ${shellWord(path)}`);
}

function unsafe(code: UnsafeCode, path: string, reason: string, hint?: string): UnsafeFileError {
  return new UnsafeFileError(code, path, `Cannot use folder "${path}": ${reason}`, { hint });
}
