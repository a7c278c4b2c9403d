import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { demandApart } from './apart.ts';

const root = mkdtempSync(join(tmpdir(), 'orrery-apart-'));
const home = join(root, 'state');
mkdirSync(join(home, 'snapshots'), { recursive: true });
symlinkSync('state', join(root, 'link'));
after(() => rmSync(root, { recursive: true }));

test('demandApart refuses the state folder, what is in it, and links to it', () => {
  for (const path of ['state', 'state/snapshots', 'state/new/folder', 'link', 'link/snapshots', 'link/new'])
    assert.throws(() => demandApart(join(root, path), home), {
      message: `Cannot use folder "${join(root, path)}": it belongs to "${home}", where this program keeps the keys of this machine`,
    });
  assert.throws(() => demandApart(home, join(root, 'link')), { exitCode: 2 });
});

test('demandApart admits folders beside and above it, whether they exist or not', () => {
  for (const path of ['', '.ssh', 'state-2', 'states/state', '..state']) demandApart(join(root, path), home);
});
