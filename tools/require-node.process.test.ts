import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

import { oldNode } from './old-node.ts';

const guard = join(import.meta.dirname, 'require-node.cjs');

test('require-node says nothing under the Node.js that is needed', () => {
  const { status, stderr } = spawnSync(process.execPath, [guard], { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
});

test(
  'require-node fails under an older one',
  { skip: oldNode === undefined && 'every Node.js here is recent' },
  () => {
    const { status, stderr } = spawnSync(oldNode ?? '', [guard], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /^Node\.js 26 or later is needed, this is \d+\.\d+\.\d+\.\nRun "npm ci"/);
  },
);
