// npm test [-- PART_OF_PATH...]: every test in one run of node's test runner, with one summary.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventData, run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';

import { compileCacheFolder } from '../bin/compile-cache.cjs';
import { type TestGroup, testGroups } from './test-files.ts';

const root = join(import.meta.dirname, '..');
const testTimeout = 10 * 60_000;
const filters = process.argv.slice(2);
const groups = testGroups(root, filters);
const batches = mkdtempSync(join(tmpdir(), 'orrery-test-'));
const complaints: string[] = [];

process.chdir(root);
process.env['NODE_COMPILE_CACHE'] ??= compileCacheFolder(root, true) ?? '';
process.once('exit', () => rmSync(batches, { recursive: true, force: true }));
const stream = run({
  files: groups.map((group, index) =>
    group.shared ? batchFile(group, index) : join(root, group.files[0] ?? ''),
  ),
  concurrency: 2,
  timeout: testTimeout,
});
stream.on('test:pass', noteSkipped);
stream.on('test:pass', noteEmptyFile());
stream.on('test:summary', ({ file, success, counts }) => {
  if (file !== undefined) return;
  if (counts.tests === 0)
    complaints.push(`no test was found${filters.length > 0 ? ` for ${filters.join(' ')}` : ''}`);
  if (!success) process.exitCode = 1;
});
stream.once('end', () => {
  for (const complaint of new Set(complaints)) console.error(`npm test: ${complaint}`);
  if (complaints.length > 0) process.exitCode = 1;
});
stream.compose(new spec()).pipe(process.stdout);

/** The file that the runner starts for a group of files which share a process. */
function batchFile(group: TestGroup, index: number): string {
  const path = join(batches, `${index}.mjs`);
  const loader = pathToFileURL(join(import.meta.dirname, 'test-batch.ts')).href;
  const call = `loadTests(${JSON.stringify(root)}, ${JSON.stringify(group)});`;
  writeFileSync(path, `import { loadTests } from ${JSON.stringify(loader)};\n${call}\n`);
  return path;
}

/** A test that does not run proves nothing: CI has everything that a test may need. */
function noteSkipped({ name, skip, todo }: EventData.TestPass): void {
  if (process.env['CI'] !== 'true') return;
  if (skip !== undefined && skip !== false) complaints.push(`skipped: ${name}`);
  if (todo !== undefined && todo !== false) complaints.push(`marked as todo: ${name}`);
}

/** The runner counts a file without tests as a passed test, and a suite without tests as passed. */
function noteEmptyFile(): (event: EventData.TestPass) => void {
  let inside = 0;
  return ({ name, nesting, details, file }) => {
    const isSuite = details.type === 'suite';
    if (nesting > 0) {
      inside += isSuite ? 0 : 1;
      return;
    }
    if (isSuite ? inside === 0 : name === file) complaints.push(`no test in ${name}`);
    inside = 0;
  };
}
