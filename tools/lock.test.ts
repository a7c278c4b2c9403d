import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lockProblems } from './lock.ts';
import { withFiles } from './scratch.ts';

test('lockProblems finds what npm ci would refuse, or would install without a hash', async () => {
  const packages = {
    '': { dependencies: { good: '1.0.0' } },
    'packages/a': { dependencies: { good: '1.0.0', gone: '1.0.0' } },
    'node_modules/@orrery/a': { link: true },
    'node_modules/good': {
      integrity: 'sha512-x',
      optionalDependencies: { 'good-linux': '1.0.0', 'good-mac': '1.0.0' },
    },
    'node_modules/good/node_modules/good-linux': { integrity: 'sha512-x' },
    'node_modules/unhashed': {},
  };
  const files = {
    'package-lock.json': JSON.stringify({ packages }),
    'package.json': '{"devDependencies":{"a":"1.0.0","b":"^1.0.0"}}',
    'packages/a/package.json': '{"dependencies":{"c":"1.0.0-beta.2","d":"*"}}',
  };
  assert.deepEqual(await withFiles(files, lockProblems), [
    'package.json: b has the version "^1.0.0", an exact one is expected',
    'packages/a/package.json: d has the version "*", an exact one is expected',
    'package-lock.json: lacks gone, which packages/a depends on',
    'package-lock.json: lacks good-mac, which node_modules/good depends on',
    'package-lock.json: has no hash for node_modules/unhashed',
  ]);
});
