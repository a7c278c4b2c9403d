import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

import { placeProblems } from './places.ts';
import { withFiles } from './scratch.ts';

// Taken apart here, so that this file does not name a place itself.
const work = ['', 'work', 'x'].join('/');
const home = ['', 'root', '.ssh'].join('/');
const resolved = JSON.stringify('resolved') + ':';
const registry = ['registry', 'npmjs', 'org'].join('.');

test('placeProblems finds paths and registries in tracked files, and nothing in others', async () => {
  const files = {
    'a.md': `see ${work}\nand https://example.org${work}\nand some${work}\n`,
    'b.ts': `const home = '${home}';\nconst root = '${home.slice(0, 5)}';\n`,
    'c.json': `{ ${resolved} "https://mirror.example/c.tgz" }\n{ ${resolved} "packages/c" }\n`,
    'd/e.md': `npm config set ${registry}\nregistry.metrics()\n/opt/here/file\n/opt/hereafter\n`,
    'untracked.md': `${work}\n`,
  };
  const found = await withFiles(files, (folder) => {
    execFileSync('git', ['-C', folder, 'init', '-q']);
    execFileSync('git', ['-C', folder, 'add', 'a.md', 'b.ts', 'c.json', 'd']);
    return placeProblems(folder, ['/opt/here']);
  });
  assert.deepEqual(
    found.map((problem) => problem.replace(/: names.*/, '')),
    ['a.md:1', 'b.ts:1', 'b.ts:2', 'c.json:1', 'd/e.md:1', 'd/e.md:3'],
  );
});
