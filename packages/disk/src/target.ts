import { lstatSync, readlinkSync, type BigIntStats } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { explain, shellWord, UnsafeFileError } from './error.ts';
import { isOwn } from './stamp.ts';

/** The regular file of ours that a path leads to. */
export interface Target {
  /** Where the file itself stands: differs from the path asked for when `viaLink`. */
  readonly path: string;
  readonly stat: BigIntStats;
  readonly viaLink: boolean;
}

const MAX_LINKS = 8;

/**
 * Looks at a path and, when it is the user's own symlink, at where it leads. Opens nothing, so no FIFO can hang it.
 * Returns undefined when nothing stands at the path; throws UnsafeFileError for all but an own regular file.
 */
export function findTarget(path: string): Target | undefined {
  let current = path;
  for (let links = 0; links <= MAX_LINKS; links += 1) {
    const stat = look(current);
    if (stat === undefined) {
      if (links === 0) return undefined;
      throw new UnsafeFileError(
        'dangling-link',
        path,
        `Cannot follow link "${path}": "${current}" does not exist`,
      );
    }
    if (!stat.isSymbolicLink()) {
      checkRegular(current, stat);
      return { path: current, stat, viaLink: links > 0 };
    }
    current = follow(current, stat);
  }
  throw new UnsafeFileError(
    'dangling-link',
    path,
    `Cannot follow link "${path}": more than ${MAX_LINKS} links in a row`,
  );
}

/** Also called for an open file: what was looked at by name can be another by then. */
export function checkRegular(path: string, stat: BigIntStats): void {
  if (!stat.isFile()) {
    throw new UnsafeFileError(
      'not-regular',
      path,
      `Cannot use "${path}": found a ${kindOf(stat)}, expected a regular file`,
    );
  }
  if (!isOwn(stat)) {
    throw new UnsafeFileError(
      'foreign-owner',
      path,
      `Cannot use "${path}": it belongs to user ${stat.uid}, expected ${process.geteuid?.()}`,
      {
        hint: `sudo chown ${process.geteuid?.()} ${shellWord(path)}`,
      },
    );
  }
}

function look(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    throw explain('look at', path, error);
  }
}

function follow(path: string, stat: BigIntStats): string {
  if (!isOwn(stat)) {
    throw new UnsafeFileError(
      'foreign-link',
      path,
      `Cannot follow link "${path}": it belongs to user ${stat.uid}, expected ${process.geteuid?.()}`,
    );
  }
  const destination = readLink(path);
  // Joined as text, not normalised: in "a/../b" the kernel goes up from where `a` leads.
  return isAbsolute(destination) ? destination : `${dirname(path)}/${destination}`;
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    throw explain('follow link', path, error);
  }
}

function kindOf(stat: BigIntStats): string {
  if (stat.isDirectory()) return 'folder';
  if (stat.isFIFO()) return 'FIFO';
  if (stat.isSocket()) return 'socket';
  return stat.isSymbolicLink() ? 'symlink' : 'device';
}
