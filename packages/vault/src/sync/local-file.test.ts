import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { temporaryFolder } from '../../testing/machine.ts';
import { expandPath, readLinks, readLocal } from './local-file.ts';

describe('readLocal', () => {
  it('reads files, also through links, and tells what has no content from what cannot be read', () => {
    const folder = temporaryFolder();
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('file'), 'text');
    writeFileSync(at('empty'), '');
    symlinkSync('file', at('link'));
    symlinkSync('loop', at('loop'));
    execFileSync('mkfifo', [at('fifo')]);
    assert.deepEqual(readLocal(at('file'), 4), utf8('text'));
    assert.deepEqual(readLocal(at('link'), 4), utf8('text'));
    assert.deepEqual(readLocal(at('empty'), 4), utf8(''));
    for (const path of [at('none'), at('file/x'), folder, '/dev/null'])
      assert.equal(readLocal(path, 4), 'missing', path);
    assert.equal(readLocal(at('file'), 3), 'unreadable');
    assert.equal(readLocal(at('fifo'), 4), 'unreadable', 'and it does not wait');
    assert.equal(readLocal(at('loop'), 4), 'unreadable');
  });
});

describe('expandPath', () => {
  it('finds what a glob finds, hidden files too', () => {
    const folder = temporaryFolder();
    for (const path of ['a/x.conf', 'a/.y.conf', 'b/x.conf', 'b/z', 'c']) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), '');
    }
    const expand = (pattern: string): string[] =>
      (expandPath(join(folder, pattern), '/', 100) ?? [])
        .toSorted()
        .map((path) => path.slice(folder.length + 1));
    assert.deepEqual(expand('*/*.conf'), ['a/.y.conf', 'a/x.conf', 'b/x.conf']);
    assert.deepEqual(expand('?/x*'), globSync('?/x*', { cwd: folder }).toSorted());
    assert.deepEqual(expand('c/*'), []);
    assert.deepEqual(expand('d/*'), []);
    assert.deepEqual(expand('d'), ['d'], 'whether a plain path exists is for the reader to see');
    assert.equal(expandPath(join(folder, '*/*'), '/', 6), undefined);
  });
});

describe('readLinks', () => {
  it('follows links of the folder, of files in it and of paths that do not exist yet', () => {
    const home = temporaryFolder();
    mkdirSync(join(home, 'dotfiles/ssh'), { recursive: true });
    symlinkSync('dotfiles/ssh', join(home, '.ssh'));
    writeFileSync(join(home, 'work'), '');
    symlinkSync('../../work', join(home, 'dotfiles/ssh/work'));
    const folder = join(home, '.ssh');
    const { realPath, targets } = readLinks({ folder, home, system: join(home, 'etc'), separator: '/' });
    assert.deepEqual([...targets], [['work', join(home, 'work')]]);
    assert.equal(realPath(join(folder, 'new')), join(home, 'dotfiles/ssh/new'));
    assert.equal(realPath(join(home, 'none/at/all')), join(home, 'none/at/all'));
  });
});
