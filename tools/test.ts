// npm test [-- PART_OF_PATH...]: every test in one run.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { compileCacheFolder } from '../bin/compile-cache.cjs';
import { runTests } from './run-tests.ts';
import { type TestGroup, testGroups } from './test-files.ts';

const root = join(import.meta.dirname, '..');
const filters = process.argv.slice(2);
const groups = testGroups(root, filters);
const batches = mkdtempSync(join(tmpdir(), 'orrery-test-'));
/** Those of the tests that start servers: a server is many processes, and from its source each takes ten times as long to start. */
const STARTS_SERVERS = /^tests\/(?:attack|interop)\//;

process.chdir(root);
process.env['NODE_COMPILE_CACHE'] ??= compileCacheFolder(root, true) ?? '';
process.once('exit', () => rmSync(batches, { recursive: true, force: true }));
const files = groups.map((group, index) =>
  group.shared ? batchFile(group, index) : join(root, group.files[0] ?? ''),
);
if (groups.some(({ name }) => STARTS_SERVERS.test(name))) await buildPrograms(join(batches, 'built'));
runTests(files, 'npm test', filters);

/** As users have them, and where processes of other users can load them. */
async function buildPrograms(place: string): Promise<void> {
  const { build } = await import('./build.ts');
  chmodSync(batches, 0o755);
  await build(root, place);
  process.env['ORRERY_BUILT'] = place;
}

/** The file that the runner starts for a group of files which share a process. */
function batchFile(group: TestGroup, index: number): string {
  const path = join(batches, `${index}.mjs`);
  const loader = pathToFileURL(join(import.meta.dirname, 'test-batch.ts')).href;
  const call = `loadTests(${JSON.stringify(root)}, ${JSON.stringify(group)});`;
  writeFileSync(path, `import { loadTests } from ${JSON.stringify(loader)};\n${call}\n`);
  return path;
}
