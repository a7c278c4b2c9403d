import assert from 'node:assert/strict';
import { test } from 'node:test';

import { reasonProblems } from './reasons.ts';
import { withFiles } from './scratch.ts';

test('reasonProblems compares the page of dependencies with every package.json', async () => {
  const files = {
    'package.json':
      '{"devDependencies":{"one":"1.0.0","silent-tool":"1.0.0"},"optionalDependencies":{"two":"1.0.0"}}',
    'packages/a/package.json':
      '{"dependencies":{"@orrery/b":"1.0.0","@scope/three":"1.0.0","silent":"1.0.0"}}',
    'docs/dependencies.md': [
      '| dependency | why |',
      '| --- | --- |',
      '| `one`, `two` | better than `silent` |',
      '| `@scope/three` | needed |',
      '| `gone` | was needed |',
    ].join('\n'),
  };
  assert.deepEqual(await withFiles(files, reasonProblems), [
    'docs/dependencies.md: gives no reason for silent-tool',
    'docs/dependencies.md: gives no reason for silent',
    'docs/dependencies.md: nothing depends on gone',
  ]);
});
