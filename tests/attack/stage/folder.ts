import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@orrery/crypto';

/**
 * What stands in a folder, byte for byte and mode for mode, by path below it. Two looks at an untouched folder are
 * deeply equal: the times of files are in it, those of folders are not, because writing beside a file changes them.
 */
export function look(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
  return Object.fromEntries(names.map((name) => [name, describe(join(folder, name))]));
}

/** What a client keeps of its account and its folders; the lock is there for a moment in every run. */
export function lookAtState(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(look(folder)).filter(([name]) => !name.startsWith('lock')));
}

/** The same without times: whether two machines have the same files. */
export function contents(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(look(folder)).map(([name, line]) => [name, line.replace(/ at [\d.]+/, '')]),
  );
}

function describe(path: string): string {
  const stat = lstatSync(path);
  const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0');
  if (stat.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
  if (!stat.isFile()) return `${mode} ${kindOf(stat)}`;
  return `${mode} file at ${stat.mtimeMs}: ${show(readFileSync(path))}`;
}

/** Text as it is; of anything else as much as tells it apart. */
function show(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  return text.length < 300 && /^[\n\x20-\x7e]*$/.test(text) ? text : sha256(bytes).toHex();
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return 'folder';
  return stat.isFIFO() ? 'FIFO' : 'other';
}
