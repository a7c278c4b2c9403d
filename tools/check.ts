// npm run check: everything that can be said about the source without running the tests.
import { execFile } from 'node:child_process';
import { join } from 'node:path';

import { layerProblems } from './layers.ts';
import { lengthProblems } from './lengths.ts';
import { licenceProblems } from './licences.ts';
import { lockProblems } from './lock.ts';
import { placeProblems } from './places.ts';
import { readmeProblems } from './readmes.ts';
import { reasonProblems } from './reasons.ts';

const root = join(import.meta.dirname, '..');

/** In this order; each gives its problems, none if all is well. */
const checks: Readonly<Record<string, () => string[] | Promise<string[]>>> = {
  'oxfmt: format': () => problemsOf('oxfmt', '--check', '.'),
  'tsc: types': () => problemsOf('tsc', '--project', 'tsconfig.json', '--pretty', 'false'),
  'oxlint: lint': () =>
    problemsOf(
      'oxlint',
      '--type-aware',
      '--deny-warnings',
      '--report-unused-disable-directives',
      '--format=unix',
    ),
  'knip: nothing unused, nothing undeclared': () => problemsOf('knip', '--no-progress', '--no-config-hints'),
  'layers: imports go one way': () => layerProblems(root),
  'readmes: examples run': () => readmeProblems(root),
  'lock: npm ci installs the same everywhere': () => lockProblems(root),
  'licences: dependencies may be shipped': () => licenceProblems(root),
  'reasons: each dependency has one': () => reasonProblems(root),
  'places: no path or host of a machine': () => placeProblems(root),
  'lengths: one idea per file': () => lengthProblems(root),
};

for (const [name, check] of Object.entries(checks)) {
  const problems = await check();
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  for (const problem of problems) console.log(`       ${problem.replaceAll('\n', '\n       ')}`);
  if (problems.length > 0) process.exitCode = 1;
}

/** Runs a tool of node_modules/.bin; what it prints is the problem if it does not exit with 0. */
function problemsOf(tool: string, ...args: readonly string[]): Promise<string[]> {
  const options = { cwd: root, maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    execFile(join(root, 'node_modules/.bin', tool), args, options, (error, out, err) =>
      resolve(error === null ? [] : [`${out}${err}`.trim() || error.message]),
    );
  });
}
