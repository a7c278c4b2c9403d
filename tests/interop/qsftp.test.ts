// qsftp with OpenSSH's server, directly and through a real sshd.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { startSshd } from '../e2e/stage/sshd.ts';
import { makeFolder } from './stage/folder.ts';
import { areEqual, emptied, OPENSSH_SERVER, ours, runWords, treeOf } from './stage/sftp.ts';

const folder = makeFolder();
const content = randomBytes(3_000_001);
writeFileSync(join(folder, 'source'), content);

function qsftp(lines: readonly string[], options: readonly string[] = ['-b', '-']) {
  const words = [...ours('qsftp'), ...options, '-D', OPENSSH_SERVER];
  return runWords(words, Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1'), folder);
}

describe('qsftp with sftp-server of OpenSSH 9.2', { concurrency: true }, () => {
  it('fulfils every command', async () => {
    const place = emptied(join(folder, 'every'));
    const { code, stdout, stderr } = await qsftp([
      `cd ${place}`,
      `put ${folder}/source one`,
      `lcd ${place}`,
      'get one back',
      'cp one two',
      'ln two three',
      'ln -s two four',
      'symlink two five',
      'rename two six',
      'rename -l six seven',
      'mkdir sub',
      'lmkdir local',
      'chmod 600 seven',
      'chmod -h 600 seven',
      'chown 0 seven',
      'chgrp 0 seven',
      `put -p ${folder}/source sub/kept`,
      'rm one',
      'mkdir gone',
      'rmdir gone',
      'df',
      'df -hi',
      'pwd',
      'lpwd',
      'lls -1',
      'lumask 077',
      'get seven masked',
      'progress',
      'version',
      'help',
      '!echo from the shell',
      'bye',
      'no such command',
    ]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, new RegExp(`Remote working directory: ${place}\n`));
    assert.match(stdout, /\nfrom the shell\n/);
    assert.ok(areEqual(join(folder, 'source'), join(place, 'back')));
    assert.ok(areEqual(join(folder, 'source'), join(place, 'seven')));
    assert.deepEqual([readlinkSync(join(place, 'four')), readlinkSync(join(place, 'five'))], ['two', 'two']);
    assert.equal(statSync(join(place, 'seven')).ino, statSync(join(place, 'three')).ino);
    assert.equal(statSync(join(place, 'masked')).mode & 0o777, 0o600);
    const [kept, source] = [statSync(join(place, 'sub', 'kept')), statSync(join(folder, 'source'))];
    assert.equal(kept.mtimeMs, Math.floor(source.mtimeMs / 1000) * 1000);
    const gone = ['one', 'two', 'six', 'gone'].filter((name) => existsSync(join(place, name)));
    assert.deepEqual(gone, []);
  });

  it('lists as sftp does', async () => {
    const place = emptied(join(folder, 'names'));
    for (const [index, name] of ['a', 'b c', '-dash', '.hidden', 'sub-1', 'sub-22'].entries()) {
      writeFileSync(join(place, name), name);
      utimesSync(join(place, name), index, 1e9 + index * 1e7);
    }
    mkdirSync(join(place, 'folder'));
    const lines = ['ls', 'ls -1', 'ls -a', 'ls -l', 'ls -1t s*', 'ls -1rS *', `ls -l ${place}`, 'ls ./a'];
    const input = [`cd ${place}`, ...lines].join('\n');
    const found = await qsftp(input.split('\n'));
    const expected = await runWords(['sftp', '-b', '-', '-D', OPENSSH_SERVER], input, folder);
    const trimmed = (text: string): string[] => text.split('\n').map((line) => line.trimEnd());
    assert.deepEqual(trimmed(found.stdout), trimmed(expected.stdout));
    const { stdout } = await qsftp([`ls -n ${place}/a`]);
    assert.match(stdout, /^-rw-r--r-- {4}\? \d+ +\d+ +1 Sep {2}9 {2}2001 /m);
  });

  it('understands quotes, backslashes and patterns as sftp does', async () => {
    const place = emptied(join(folder, 'quotes'));
    for (const name of ['g*', 'gx', 'q"', 's\\h', 'sp ace', 'end\\', "it's"])
      writeFileSync(join(place, name), '');
    const words = [
      'g*',
      'g\\*',
      'g"*"',
      'q\\"',
      '"q\\""',
      "'q\"'",
      's\\\\h',
      '"s\\\\h"',
      'sp\\ ace',
      "'sp ace'",
    ];
    words.push('end\\\\', '[gs]*', '?x', '[!g-z]*', '"it\'s"', '""', 'nothing*');
    const lines = words.map((word) => `-ls -1 ${place}/${word}`);
    const found = await qsftp(lines);
    const expected = await runWords(
      ['sftp', '-b', '-', '-D', OPENSSH_SERVER],
      `${lines.join('\n')}\n`,
      folder,
    );
    assert.equal(found.stdout, expected.stdout);
  });

  it('carries names that are no UTF-8, with spaces, newlines and dashes, both ways', async () => {
    const place = emptied(join(folder, 'bytes'));
    const tree = emptied(join(place, 'tree'));
    for (const name of ['\xff\xfe', 'new\nline', '-rf', ' lead', 'a\\b', '*'])
      writeFileSync(Buffer.from(`${tree}/${name}`, 'latin1'), name);
    mkdirSync(join(place, 'to'));
    mkdirSync(join(place, 'from'));
    const { code, stderr } = await qsftp([
      `put -r ${tree} ${place}/to`,
      `get -r ${tree} ${place}/from`,
      `get ${tree}/\xff* ${place}/single`,
    ]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.deepEqual(treeOf(join(place, 'to', 'tree')), treeOf(tree));
    assert.deepEqual(treeOf(join(place, 'from', 'tree')), treeOf(tree));
    assert.equal(readFileSync(join(place, 'single'), 'latin1'), '\xc3\xbf\xc3\xbe');
  });

  it('goes on where a transfer was broken off, and refuses what is longer than its source', async () => {
    const place = emptied(join(folder, 'resume'));
    for (const name of ['b', 'c']) writeFileSync(join(place, name), content.subarray(0, 1_000_000));
    assert.equal((await qsftp([`reget source ${place}/b`, `reput source ${place}/c`])).code, 0);
    assert.ok(areEqual(join(folder, 'source'), join(place, 'b')));
    assert.ok(areEqual(join(folder, 'source'), join(place, 'c')));
    writeFileSync(join(place, 'short'), 'x');
    const { code, stderr } = await qsftp([`get -a ${place}/short ${place}/b`]);
    assert.equal(code, 1);
    assert.match(stderr, /cannot resume: the target is larger than the source/);
    assert.ok(areEqual(join(folder, 'source'), join(place, 'b')));
  });

  it('copies folders with -r, keeps times and modes with -p, waits for the disk with -f', async () => {
    const place = emptied(join(folder, 'recursive'));
    const tree = emptied(join(place, 'tree'));
    mkdirSync(join(tree, 'deep'), { mode: 0o550 });
    writeFileSync(join(tree, 'deep', 'x'), 'x', { mode: 0o640 });
    utimesSync(join(tree, 'deep', 'x'), 5, 6);
    utimesSync(join(tree, 'deep'), 7, 8);
    symlinkSync('deep', join(tree, 'link'));
    const { stderr } = await qsftp([`-put -rpf ${tree} ${place}/to`, `-get -rpf ${tree} ${place}/from`]);
    // As in OpenSSH's sftp, links are left out and said.
    assert.equal(stderr, `qsftp: ${tree}/link: not a regular file\n`.repeat(2));
    for (const copy of ['to', 'from']) {
      assert.equal(statSync(join(place, copy, 'deep', 'x')).mtimeMs, 6000);
      assert.equal(statSync(join(place, copy, 'deep')).mtimeMs, 8000);
      assert.equal(statSync(join(place, copy, 'deep')).mode & 0o777, 0o550);
    }
  });

  it('ends a batch with the first failure, but not where a dash allows it', async () => {
    const place = emptied(join(folder, 'batch'));
    const batch = join(place, 'commands');
    writeFileSync(
      batch,
      `# comment\n\n-rm ${place}/no\n@mkdir ${place}/a\nrm ${place}/no\nmkdir ${place}/b\n`,
    );
    const { code, stdout } = await qsftp([], ['-b', batch]);
    assert.equal(code, 1);
    assert.deepEqual([existsSync(join(place, 'a')), existsSync(join(place, 'b'))], [true, false]);
    assert.ok(!stdout.includes('mkdir'));
    assert.equal((await qsftp(['frobnicate', `mkdir ${place}/c`], [])).code, 0);
    assert.ok(existsSync(join(place, 'c')));
    for (const line of ['frobnicate', 'get', 'ls -z', 'chmod 9 x', 'get "x', 'pwd x'])
      assert.equal((await qsftp([line])).code, 1, line);
  });

  it('ends with 1 for wrong options and 255 without a connection', async () => {
    assert.equal((await runWords([...ours('qsftp'), '-Z'])).code, 1);
    assert.equal((await runWords(ours('qsftp'))).code, 1);
    const none = await runWords([...ours('qsftp'), '-b', '-', '-D', '/bin/false']);
    assert.equal(none.code, 255);
    assert.equal(none.stderr, 'qsftp: Connection closed: "/bin/false" ended with exit code 1\n');
  });
});

describe('qsftp and qscp through sshd of OpenSSH 9.2', async () => {
  const key = join(folder, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const settings = ['Subsystem sftp internal-sftp', 'StrictModes no'];
  const sshd = await startSshd(join(folder, 'sshd'), readFileSync(`${key}.pub`, 'utf8'), settings);
  after(() => sshd.stop());
  const options = ['-S', '/usr/bin/ssh', '-F', 'none', '-i', key, '-P', String(sshd.port)];
  for (const setting of ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentityAgent=none'])
    options.push('-o', setting);

  it('qsftp fetches the file that its destination names', async () => {
    const place = emptied(join(folder, 'fetched'));
    const { code } = await runWords([
      ...ours('qsftp'),
      ...options,
      `127.0.0.1:${folder}/source`,
      join(place, 'a'),
    ]);
    assert.equal(code, 0);
    assert.ok(areEqual(join(folder, 'source'), join(place, 'a')));
  });

  it('qsftp begins in the folder that its destination names', async () => {
    const place = emptied(join(folder, 'begun'));
    const destination = `sftp://127.0.0.1:${sshd.port}/${place}`;
    const words = [...ours('qsftp'), ...options, '-b', '-', destination];
    const { code, stdout } = await runWords(words, `put ${folder}/source a\npwd\n`);
    assert.equal(code, 0);
    assert.ok(stdout.includes(`Remote working directory: ${place}\n`));
    assert.ok(areEqual(join(folder, 'source'), join(place, 'a')));
  });

  it('qscp copies there, back, and from one host to another', async () => {
    const place = emptied(join(folder, 'copied'));
    const copy = async (...words: string[]) =>
      (await runWords([...ours('qscp'), ...options, '-q', ...words])).code;
    assert.equal(await copy(join(folder, 'source'), `127.0.0.1:${place}/a`), 0);
    assert.equal(await copy(`scp://127.0.0.1:${sshd.port}/${place}/a`, join(place, 'b')), 0);
    assert.equal(await copy('-3', `127.0.0.1:${place}/a`, `localhost:${place}/c`), 0);
    for (const name of ['a', 'b', 'c']) assert.ok(areEqual(join(folder, 'source'), join(place, name)));
  });
});
