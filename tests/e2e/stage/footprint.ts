import { lstatSync, readdirSync, readFileSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@orrery/crypto';

/**
 * All that a program could have done to a folder and what is below it, by path: the times of folders tell of files that
 * came and went, and the time of a change of state tells of what was written back as it was.
 */
export function footprint(folder: string): Readonly<Record<string, string>> {
  const names = ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })].toSorted();
  return Object.fromEntries(names.map((name) => [name, describe(join(folder, name))]));
}

function describe(path: string): string {
  const stat: BigIntStats = lstatSync(path, { bigint: true });
  const content = stat.isFile() ? sha256(readFileSync(path)).toHex() : '';
  const { mode, ino, nlink, uid, size, mtimeNs, ctimeNs } = stat;
  return [mode.toString(8), ino, nlink, uid, size, mtimeNs, ctimeNs, content].join(' ');
}
