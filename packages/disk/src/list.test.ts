import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { codeOf, Scratch, withSocket } from '../testing/scratch.ts';
import { listFolder } from './list.ts';

test('listFolder tells files, folders, links and the rest, sorted by name', async () => {
  using scratch = new Scratch();
  scratch.write('b', '');
  scratch.write('B', '');
  scratch.write('.a', '');
  scratch.folder('folder');
  scratch.link('link', 'folder');
  scratch.fifo('fifo');
  await withSocket(scratch.file('socket'), () => {
    assert.deepEqual(listFolder(scratch.path, 7), {
      entries: [
        { name: '.a', kind: 'file' },
        { name: 'B', kind: 'file' },
        { name: 'b', kind: 'file' },
        { name: 'fifo', kind: 'other' },
        { name: 'folder', kind: 'folder' },
        { name: 'link', kind: 'link' },
        { name: 'socket', kind: 'other' },
      ],
      invalidNames: [],
    });
  });
});

test('listFolder keeps names apart that are not UTF-8', () => {
  using scratch = new Scratch();
  scratch.write('café', '');
  writeFileSync(Buffer.concat([Buffer.from(`${scratch.path}/caf`), Buffer.of(0xe9, 0x0a)]), '');
  assert.deepEqual(listFolder(scratch.path, 2), {
    entries: [{ name: 'café', kind: 'file' }],
    invalidNames: ['caf\\xe9\\x0a'],
  });
});

test('listFolder gives undefined where there is no folder', () => {
  using scratch = new Scratch();
  assert.equal(listFolder(scratch.file('none'), 10), undefined);
});

test('listFolder refuses a folder with more entries than expected, and what is no folder', () => {
  using scratch = new Scratch();
  const file = scratch.write('a', '');
  scratch.write('b', '');
  assert.throws(() => listFolder(scratch.path, 1), {
    code: 'too-many',
    message: `Cannot list "${scratch.path}": 2 entries, at most 1 expected`,
  });
  assert.equal(
    codeOf(() => listFolder(file, 10)),
    'ENOTDIR',
  );
});
