import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { oldNode } from './old-node.ts';
import manifest from '../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..');
const orrery = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(oldNode ?? process.execPath, [join(root, 'bin/orrery'), ...args], { encoding: 'utf8' });

test('orrery lists exactly the programs that this copy has', () => {
  const { status, stdout } = orrery();
  assert.equal(status, 0);
  for (const [name, app] of [
    ['ssh-sync', 'ssh-sync'],
    ['ssh-sync-server', 'server'],
  ] as const) {
    const isListed = new RegExp(`^  ${name} `, 'm').test(stdout);
    assert.equal(isListed, existsSync(join(root, 'apps', app, 'src/main.ts')), name);
  }
});

test('orrery knows its version and how it is used, and nothing else', () => {
  assert.equal(orrery('--version').stdout, `${manifest.version}\n`);
  assert.match(orrery('--help').stdout, /^Usage: orrery /);
  const { status, stdout, stderr } = orrery('sync');
  assert.deepEqual([status, stdout], [2, '']);
  assert.match(stderr, /^orrery: unknown argument "sync"\nhint: /);
});
