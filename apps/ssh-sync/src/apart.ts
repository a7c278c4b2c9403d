import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { UsageError } from '@orrery/terminal';

/**
 * The keys of this machine lie in the state folder: no other machine may get them, and nothing that arrives may
 * replace them. Links on the way to either folder do not hide that they are one.
 * @throws {UsageError} if the folder is the state folder or inside it.
 */
export function demandApart(folder: string, home: string): void {
  const way = relative(realPath(home), realPath(folder));
  if (isAbsolute(way) || way === '..' || way.startsWith(`..${sep}`)) return;
  throw new UsageError(
    `Cannot use folder "${folder}": it belongs to "${home}", where this program keeps the keys of this machine`,
    { hint: 'use other folders with --path, --ssh-dir or --home' },
  );
}

/** Where a path leads, although its end may not exist. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}
