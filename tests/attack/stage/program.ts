// The programs as they are shipped. A bundle starts three times as fast as its sources, and the tests start it some
// hundred times; it is kept in node_modules/.cache for as long as no source changes.
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { utf8 } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';

const root = join(import.meta.dirname, '../../..');
const cache = join(root, 'node_modules/.cache/orrery-attack');
const DAY_MS = 86_400_000;

const dist = await built();

/** Paths that a Node.js runs. Without the launcher, nothing but the program writes into the home of a machine. */
export const clientProgram = join(dist, 'ssh-sync.cjs');
export const serverProgram = join(dist, 'ssh-sync-server.cjs');

async function built(): Promise<string> {
  const folder = join(cache, keyOfSources());
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  removeOld();
  const made = mkdtempSync(join(cache, 'new-'));
  const { build } = await import('../../../tools/build.ts');
  await build(root, made);
  try {
    renameSync(made, folder);
  } catch (cause) {
    // Another test file was quicker, with the same sources.
    rmSync(made, { recursive: true });
    if (!existsSync(folder)) throw cause;
  }
  return folder;
}

function keyOfSources(): string {
  const sources = [
    '{apps,packages}/*/{src/**/*.ts,package.json}',
    'bin/*',
    'tools/*.ts',
    'package-lock.json',
  ];
  const seen = globSync(sources, { cwd: root }).toSorted();
  const stamps = seen.map((path) => `${path} ${statSync(join(root, path)).mtimeMs}`);
  return sha256(utf8(stamps.join('\n')))
    .toHex()
    .slice(0, 32);
}

/** Not what a run that began before the last change may still use. */
function removeOld(): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
    if (age > DAY_MS) rmSync(path, { recursive: true, force: true });
  }
}
