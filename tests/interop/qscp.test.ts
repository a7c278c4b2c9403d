// qscp with OpenSSH's server.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeFolder } from './stage/folder.ts';
import { areEqual, emptied, OPENSSH_SERVER, ours, runWords, treeOf } from './stage/sftp.ts';

const folder = makeFolder();
const source = join(folder, 'source');
writeFileSync(source, randomBytes(1_000_001), { mode: 0o640 });

function qscp(...words: string[]) {
  return runWords([...ours('qscp'), '-D', OPENSSH_SERVER, ...words]);
}

describe('qscp with sftp-server of OpenSSH 9.2', { concurrency: true }, () => {
  it('copies a file there and back, onto itself and over a longer one', async () => {
    const place = emptied(join(folder, 'plain'));
    assert.deepEqual(await qscp(source, `h:${place}/a`), { code: 0, stdout: '', stderr: '' });
    assert.equal((await qscp(`h:${place}/a`, join(place, 'b'))).code, 0);
    for (const [from, to] of [
      [join(place, 'a'), `h:${place}/a`],
      [`h:${place}/a`, join(place, 'a')],
    ] as const)
      assert.equal((await qscp(from, to)).code, 0);
    writeFileSync(join(place, 'b'), Buffer.alloc(2_000_000));
    assert.equal((await qscp(source, `h:${place}/b`)).code, 0);
    writeFileSync(join(place, 'c'), Buffer.alloc(2_000_000));
    assert.equal((await qscp(`user@h:${source}`, join(place, 'c'))).code, 0);
    for (const name of ['a', 'b', 'c']) assert.ok(areEqual(source, join(place, name)));
    assert.equal(statSync(join(place, 'a')).mode & 0o777, 0o640);
  });

  it('names the end of a copy that failed', async () => {
    const place = emptied(join(folder, 'ends'));
    const none = join(place, 'none', 'x');
    writeFileSync(join(place, 'file'), '');
    for (const [from, to, said] of [
      [source, `h:${none}`, `qscp: cannot write "${none}": No such file or directory`],
      [`h:${source}`, none, `qscp: cannot write "${none}": No such file or directory`],
      [`h:${source}`, `g:${none}`, `qscp: cannot write "${none}": No such file or directory`],
      [none, `h:${place}`, `qscp: ${none}: No such file or directory`],
      [`h:${none}`, place, `qscp: ${none}: No such file or directory`],
      [source, 'h:/dev/full', 'qscp: cannot write "/dev/full": Failure'],
      [`h:${source}`, '/dev/full', 'qscp: cannot write "/dev/full": No space left on device'],
      [`h:${source}`, 'g:/dev/full', 'qscp: cannot write "/dev/full": Failure'],
    ] as const) {
      const ended = await qscp('-q', from, to);
      assert.deepEqual([ended.code, ended.stderr], [1, `${said}\n`]);
    }
    const folders = await qscp('-r', place, `h:${place}/file`);
    assert.match(folders.stderr, new RegExp(`^qscp: cannot write "${place}/file": `));
  });

  it('copies several files, and patterns, into folders only', async () => {
    const place = emptied(join(folder, 'several'));
    for (const name of ['one.txt', 'two.txt', '[three].txt']) writeFileSync(join(place, name), name);
    mkdirSync(join(place, 'to'));
    assert.equal((await qscp(`h:${place}/*.txt`, join(place, 'to'))).code, 0);
    assert.deepEqual(treeOf(join(place, 'to')), ['[three].txt 11 644', 'one.txt 7 644', 'two.txt 7 644']);
    const single = await qscp(`h:${place}/[three].txt`, join(place, 'literal'));
    assert.equal(single.code, 0);
    assert.equal(readFileSync(join(place, 'literal'), 'utf8'), '[three].txt');
    for (const target of [join(place, 'literal'), `h:${place}/literal`]) {
      const refused = await qscp(`h:${place}/one.txt`, `h:${place}/two.txt`, target);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /Not a directory/);
    }
    assert.equal(readFileSync(join(place, 'literal'), 'utf8'), '[three].txt');
  });

  it('copies folders with -r and what links lead to, and keeps times and modes with -p', async () => {
    const place = emptied(join(folder, 'recursive'));
    const tree = emptied(join(place, 'tree'));
    mkdirSync(join(tree, 'deep'), { mode: 0o500 });
    for (const name of ['\xff', 'new\nline', '-rf', 'a b'])
      writeFileSync(Buffer.from(`${tree}/deep/${name}`, 'latin1'), name, { mode: 0o604 });
    utimesSync(join(tree, 'deep', '-rf'), 5, 6);
    symlinkSync('deep/-rf', join(tree, 'link'));
    symlinkSync('deep', join(tree, 'folder'));
    assert.deepEqual(await qscp('-rp', tree, `h:${place}/up`), { code: 0, stdout: '', stderr: '' });
    assert.equal((await qscp('-rp', `h:${tree}`, join(place, 'down'))).code, 0);
    assert.equal((await qscp('-rp3', `h:${tree}`, `i:${place}/across`)).code, 0);
    for (const copy of ['up', 'down', 'across']) {
      assert.deepEqual(treeOf(join(place, copy)), treeOf(tree));
      assert.equal(statSync(join(place, copy, 'link')).mtimeMs, 6000);
    }
    mkdirSync(join(place, 'into'));
    assert.equal((await qscp('-r', tree, `h:${place}/into`)).code, 0);
    assert.ok(existsSync(join(place, 'into', 'tree', 'deep', 'a b')));
  });

  it('does not follow a circle of links for ever', async () => {
    const place = emptied(join(folder, 'circle'));
    mkdirSync(join(place, 'a'));
    symlinkSync('.', join(place, 'a', 'again'));
    const { code, stderr } = await qscp('-r', join(place, 'a'), `h:${place}/b`);
    assert.equal(code, 1);
    assert.match(stderr, /Too many symbolic links|Maximum directory depth exceeded/);
  });

  it('says each failure and copies the rest', async () => {
    const place = emptied(join(folder, 'failures'));
    mkdirSync(join(place, 'to'));
    const { code, stderr } = await qscp(join(place, 'no'), place, source, `h:${place}/to`);
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `qscp: ${place}/no: No such file or directory\nqscp: ${place}: not a regular file\n`,
    );
    assert.ok(areEqual(source, join(place, 'to', 'source')));
  });

  it('takes names with colons, brackets and URIs as scp does', async () => {
    const place = emptied(join(folder, 'names'));
    assert.equal((await qscp(source, `[user@::1]:${place}/a`)).code, 0);
    assert.equal((await qscp(source, `scp://user@h:22/${place}/b%20c`)).code, 0);
    assert.equal((await qscp(`h:${source}`, `${place}/with:colon`)).code, 0);
    for (const name of ['a', 'b c', 'with:colon']) assert.ok(areEqual(source, join(place, name)));
    for (const wrong of ['scp://h:x/a', 'scp://', '-oProxyCommand=x:y', 'us er@h:x', 'a;b@h:x'])
      assert.equal((await qscp('--', source, wrong)).code, 1, wrong);
  });

  it('leaves copies without another machine to cp', async () => {
    const place = emptied(join(folder, 'here'));
    assert.equal((await qscp('-p', source, join(place, 'a'))).code, 0);
    assert.equal(statSync(join(place, 'a')).mtimeMs, statSync(source).mtimeMs);
    assert.equal((await qscp('-r', place, join(folder, 'here-too'))).code, 0);
    assert.ok(areEqual(source, join(folder, 'here-too', 'a')));
  });

  it('ends with 1 and its usage for wrong options', async () => {
    for (const words of [
      ['-Z', 'a', 'b'],
      ['a'],
      ['-l', '0', 'a', 'b'],
      ['-X', 'x=1', 'a', 'b'],
      ['-R', 'a:', 'b:'],
    ]) {
      const { code, stderr } = await qscp(...words);
      assert.equal(code, 1);
      assert.match(stderr, /^qscp: .*\nusage: qscp /);
    }
  });
});

describe('qscp -O with scp of OpenSSH 9.2', { concurrency: true }, () => {
  /** Runs what ssh would run on the other side here, with this program as its scp. */
  function wayTo(scp: readonly string[]): string {
    const path = join(folder, `way-${scp.length}`);
    const quoted = scp.map((word) => `'${word}'`).join(' ');
    writeFileSync(
      path,
      `#!/bin/sh\nfor last; do :; done\neval "set -- $last"\nshift\nexec ${quoted} "$@"\n`,
      { mode: 0o755 },
    );
    return path;
  }

  for (const [what, here, there] of [
    ['as this side', ours('qscp'), ['scp']],
    ['as the other side', ['scp'], ours('qscp')],
  ] as const) {
    it(`copies files and folders ${what}`, async () => {
      const place = emptied(join(folder, `old-${here.length}`));
      const tree = emptied(join(place, 'tree'));
      mkdirSync(join(tree, 'deep'), { mode: 0o700 });
      for (const name of ['a b', '-rf', '\xff'])
        writeFileSync(Buffer.from(`${tree}/deep/${name}`, 'latin1'), name, { mode: 0o604 });
      utimesSync(join(tree, 'deep', '-rf'), 5, 6);
      const copy = (...words: string[]) => runWords([...here, '-O', '-q', '-S', wayTo(there), ...words]);
      assert.deepEqual(await copy(source, `h:${place}/up`), { code: 0, stdout: '', stderr: '' });
      assert.equal((await copy(`h:${source}`, join(place, 'down'))).code, 0);
      assert.equal((await copy('-3', `h:${source}`, `i:${place}/across`)).code, 0);
      for (const name of ['up', 'down', 'across']) assert.ok(areEqual(source, join(place, name)));
      assert.equal((await copy('-rp', tree, `h:${place}/tree-up`)).code, 0);
      assert.equal((await copy('-rp', `h:${tree}`, join(place, 'tree-down'))).code, 0);
      for (const name of ['tree-up', 'tree-down']) {
        assert.deepEqual(treeOf(join(place, name)), treeOf(tree));
        assert.equal(statSync(join(place, name, 'deep', '-rf')).mtimeMs, 6000);
      }
      assert.equal((await copy(`h:${place}/no`, join(place, 'x'))).code, 1);
      assert.equal((await copy(tree, `h:${place}/x`)).code, 1);
      assert.equal((await copy(source, source, `h:${place}/up`)).code, 1);
      assert.ok(areEqual(source, join(place, 'up')));
    });
  }
});
