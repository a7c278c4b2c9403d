// The folder of ChrootDirectory, which nobody but root may be able to change, nor any folder above it.
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Which folder it is, whatever its name comes to mean. @throws {Error} if it will not do. */
export function identifyRoot(path: string): string {
  if (!path.startsWith('/')) throw new Error(`Cannot change the root to "${path}": it is no absolute path`);
  for (let folder = path; ; folder = dirname(folder)) {
    const { uid, mode } = statSync(folder);
    if (uid !== 0 || (mode & 0o022) !== 0)
      throw new Error(`Cannot change the root to "${path}": bad ownership or modes of "${folder}"`);
    if (folder === '/') break;
  }
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev}:${ino}`;
}
