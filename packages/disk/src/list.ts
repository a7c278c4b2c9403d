import { isUtf8 } from 'node:buffer';
import { readdirSync, type Dirent } from 'node:fs';
import { DiskError, explain, isSystemError } from './error.ts';

export interface FolderEntry {
  readonly name: string;
  /** `other`: a FIFO, socket or device. */
  readonly kind: 'file' | 'folder' | 'link' | 'other';
}

export interface FolderList {
  /** Sorted by name (code units). */
  readonly entries: readonly FolderEntry[];
  /** Names that are not UTF-8, made readable ("caf\xe9"); no API of ours can open them. */
  readonly invalidNames: readonly string[];
}

/**
 * Lists a folder without opening or following anything in it. Returns undefined when there is no such folder; throws
 * DiskError `too-many` when it has more than `maxEntries` entries.
 */
export function listFolder(path: string, maxEntries: number): FolderList | undefined {
  const found = read(path);
  if (found === undefined) return undefined;
  if (found.length > maxEntries) {
    throw new DiskError(
      'too-many',
      path,
      `Cannot list "${path}": ${found.length} entries, at most ${maxEntries} expected`,
    );
  }
  const entries = found
    .filter(({ name }) => isUtf8(name))
    .map((entry) => ({ name: entry.name.toString(), kind: kindOf(entry) }));
  const invalidNames = found.filter(({ name }) => !isUtf8(name)).map(({ name }) => escapeName(name));
  return { entries: entries.toSorted((a, b) => (a.name < b.name ? -1 : 1)), invalidNames };
}

function read(path: string): Dirent<Buffer>[] | undefined {
  try {
    return readdirSync(path, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw explain('list', path, error);
  }
}

function kindOf(entry: Dirent<Buffer>): FolderEntry['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

function escapeName(name: Buffer): string {
  const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;
  return Array.from(name, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : hex(byte),
  ).join('');
}
