import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { withFiles } from './scratch.ts';

const root = join(import.meta.dirname, '..');
const passing = `import { test } from 'node:test';\ntest('passes', () => {});\n`;

test('npm test runs tests of packages, apps, tools and tests/, each group in the processes that it asks for', async () => {
  const printing = `console.log('PID', process.pid);\n${passing}`;
  const { status, out } = await runTests({
    'packages/vault/src/a.test.ts': printing,
    'packages/vault/src/deep/b.test.ts': printing,
    'packages/vault/src/c.process.test.ts': printing,
    'apps/server/src/d.test.ts': printing,
    'tools/e.test.ts': printing,
    'tests/f.test.ts': printing,
    'packages/vault/node_modules/g.test.ts': printing,
  });
  assert.equal(status, 0);
  assert.match(out, /^ℹ tests 6$/m);
  assert.match(out, /^ℹ pass 6$/m);
  assert.equal(
    new Set(out.match(/PID \d+/g)).size,
    5,
    'the two in-process tests of a package share a process',
  );
});

test('npm test runs the tests of browser packages a second time with what a browser gets', async () => {
  const { status, out } = await runTests({
    'packages/bytes/package.json':
      '{"type":"module","imports":{"#native":{"browser":"./src/x.browser.ts","default":"./src/x.node.ts"}}}',
    'packages/bytes/src/x.browser.ts': `export default 'variant browser';`,
    'packages/bytes/src/x.node.ts': `export default 'variant node';`,
    'packages/bytes/src/x.test.ts': `import x from '#native';\nconsole.log(x);\n${passing}`,
    'packages/bytes/src/y.process.test.ts': passing,
  });
  assert.equal(status, 0);
  assert.match(out, /^ℹ tests 3$/m);
  assert.deepEqual(out.match(/variant \w+/g)?.toSorted(), ['variant browser', 'variant node']);
  assert.match(out, /packages\/bytes\/src\/x\.test\.ts \(browser\)/);
});

test('npm test runs only files whose path contains an argument', async () => {
  const { status, out } = await runTests({ 'tests/a.test.ts': passing, 'tests/b.test.ts': passing }, [
    'tests/a',
  ]);
  assert.equal(status, 0);
  assert.match(out, /^ℹ tests 1$/m);
});

test('npm test keeps the hooks at the top of a file to that file', async () => {
  const { status, out } = await runTests({
    'tools/a.test.ts': `import { beforeEach, test } from 'node:test';\nbeforeEach(() => console.log('HOOK'));\ntest('a', () => {});\n`,
    'tools/b.test.ts': passing,
  });
  assert.equal(status, 0);
  assert.equal(out.match(/HOOK/g)?.length, 1);
});

test('npm test counts a file that cannot be loaded as a failed test, and runs the others', async () => {
  const { status, out } = await runTests({
    'packages/vault/src/a.test.ts': `import './missing.ts';\n`,
    'packages/vault/src/b.test.ts': passing,
  });
  assert.equal(status, 1);
  assert.match(out, /^ℹ pass 1$/m);
  assert.match(out, /^ℹ fail 1$/m);
});

test('npm test fails for a failing test', async () => {
  const failing = `import { test } from 'node:test';\ntest('fails', () => { throw new Error('no'); });\n`;
  assert.equal((await runTests({ 'tools/a.test.ts': failing, 'tools/b.test.ts': passing })).status, 1);
  assert.equal((await runTests({ 'tests/a.test.ts': failing, 'tools/b.test.ts': passing })).status, 1);
});

test('npm test fails if there is no test, or none for the arguments', async () => {
  const none = await runTests({});
  assert.equal(none.status, 1);
  assert.match(none.err, /^npm test: no test was found$/m);
  const noMatch = await runTests({ 'tests/a.test.ts': passing }, ['packages/vault']);
  assert.equal(noMatch.status, 1);
  assert.match(noMatch.err, /^npm test: no test was found for packages\/vault$/m);
});

test('npm test fails for a file that holds no test', async () => {
  const inProcess = await runTests({ 'tools/empty.test.ts': '', 'tools/b.test.ts': passing });
  assert.equal(inProcess.status, 1);
  assert.match(inProcess.err, /^npm test: no test in tools\/empty\.test\.ts$/m);
  const isolated = await runTests({ 'tests/empty.test.ts': '', 'tools/b.test.ts': passing });
  assert.equal(isolated.status, 1);
  assert.match(isolated.err, /^npm test: no test in .*tests\/empty\.test\.ts$/m);
});

test('npm test names skipped and unfinished tests and fails for them in CI alone', async () => {
  const files = {
    'tools/a.test.ts': `import { test } from 'node:test';\ntest('left out', { skip: 'why' }, () => {});\ntest('later', { todo: true }, () => {});\n`,
    'tests/b.test.ts': passing,
  };
  assert.equal((await runTests(files)).status, 0);
  const { status, err } = await runTests(files, [], { CI: 'true' });
  assert.equal(status, 1);
  assert.match(err, /^npm test: skipped: left out: why$/m);
  assert.match(err, /^npm test: marked as todo: later$/m);
});

/** Runs a copy of the test program over a folder that holds nothing but `files`. */
function runTests(
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  { CI }: { CI?: string } = {},
): Promise<{ status: number | null; out: string; err: string }> {
  return withFiles({ 'package.json': '{"type":"module"}', ...files }, (folder) => {
    for (const file of [
      'tools/run-tests.ts',
      'tools/test.ts',
      'tools/test-files.ts',
      'tools/test-batch.ts',
      'bin/compile-cache.cjs',
    ]) {
      cpSync(join(root, file), join(folder, file), { recursive: true });
    }
    const env = { ...process.env, CI, NODE_TEST_CONTEXT: undefined };
    const result = spawnSync(process.execPath, [join(folder, 'tools/test.ts'), ...args], {
      encoding: 'utf8',
      env,
    });
    return { status: result.status, out: result.stdout, err: result.stderr };
  });
}
