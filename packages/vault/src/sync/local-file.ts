import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  type Dirent,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { PathLinks } from '@orrery/sshfiles';
import { isNamedBy } from './name-pattern.ts';
import type { Place } from './place.ts';

/** What stands at a path that is not synced, but that ssh reads. */
export type Local = Uint8Array | 'missing' | 'unreadable';

/** A FIFO would make the reader wait; Windows has none. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Reads a file as ssh does, whoever owns it. A folder and the null device have no content: `missing`. */
export function readLocal(path: string, maxBytes: number): Local {
  try {
    const file = openSync(path, OPEN_FLAGS);
    try {
      const stat = fstatSync(file);
      if (stat.isDirectory() || path === '/dev/null') return 'missing';
      if (!stat.isFile() || stat.size > maxBytes) return 'unreadable';
      const bytes = new Uint8Array(stat.size + 1);
      let length = 0;
      for (let got = -1; got !== 0 && length < bytes.length; length += got)
        got = readSync(file, bytes, length, bytes.length - length, null);
      // It grew meanwhile.
      return length > stat.size ? 'unreadable' : bytes.slice(0, length);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    return isAbsent(cause) ? 'missing' : 'unreadable';
  }
}

function isAbsent(cause: unknown): boolean {
  if (!(cause instanceof Error && 'code' in cause)) throw cause;
  return cause.code === 'ENOENT' || cause.code === 'ENOTDIR' || cause.code === 'EISDIR';
}

/**
 * The paths that an absolute pattern of `*` and `?` matches, hidden files too; undefined if more than `maxEntries` have to
 * be looked at. Folders that cannot be read match nothing, as in glob(3).
 */
export function expandPath(
  pattern: string,
  separator: Place['separator'],
  maxEntries: number,
): readonly string[] | undefined {
  const [root = '', ...names] = pattern.split(separator);
  let paths = [`${root}${separator}`];
  let left = maxEntries;
  for (const name of names) {
    if (!/[*?]/.test(name)) {
      paths = paths.map((path) => join(path, name));
      continue;
    }
    const entries = paths.map((path) => ({ path, found: list(path) }));
    left -= entries.reduce((sum, { found }) => sum + found.length, 0);
    if (left < 0) return undefined;
    paths = entries.flatMap(({ path, found }) =>
      found.filter((entry) => isNamedBy(entry.name, name)).map((entry) => join(path, entry.name)),
    );
  }
  return paths;
}

function list(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause) return [];
    throw cause;
  }
}

/** The symlinks by which files of the folder have more than one path. */
export function readLinks({ folder }: Place): PathLinks {
  const links = list(folder).filter((entry) => entry.isSymbolicLink());
  return { realPath, targets: new Map(links.map(({ name }) => [name, realPath(join(folder, name))])) };
}

/** Without symlinks; what does not exist yet is in a folder that may. */
function realPath(path: string): string {
  const parent = dirname(path);
  try {
    return realpathSync(path);
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}
