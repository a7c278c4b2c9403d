import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lengthProblems } from './lengths.ts';
import { withFiles } from './scratch.ts';

test('lengthProblems finds long sources that give no reason', async () => {
  const lines = (count: number): string => 'x;\n'.repeat(count);
  const files = {
    'packages/a/src/allowed.ts': lines(300),
    'packages/a/src/long.ts': lines(301),
    'packages/a/src/reason.ts': `// Long because: it is one table.\n${lines(301)}`,
    'packages/a/src/late.ts': `x;\n// Long because: it is one table.\n${lines(301)}`,
    'packages/a/src/long.test.ts': lines(301),
    'packages/a/vectors/data.ts': lines(301),
    'bin/launch.cjs': lines(301),
  };
  assert.deepEqual(await withFiles(files, lengthProblems), [
    'bin/launch.cjs: 301 lines, at most 300 (or a first line "Long because: ...")',
    'packages/a/src/late.ts: 303 lines, at most 300 (or a first line "Long because: ...")',
    'packages/a/src/long.ts: 301 lines, at most 300 (or a first line "Long because: ...")',
  ]);
});
