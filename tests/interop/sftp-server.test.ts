// OpenSSH's sftp with our server.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeFolder } from './stage/folder.ts';
import { areEqual, emptied, OPENSSH_SERVER, ours, OUR_SERVER, runWords, treeOf } from './stage/sftp.ts';

const folder = makeFolder();
const content = randomBytes(3_000_001);

function sftp(server: string, lines: readonly string[], options: readonly string[] = []) {
  return runWords(
    ['sftp', '-q', ...options, '-b', '-', '-D', server],
    lines.map((line) => `${line}\n`).join(''),
    folder,
  );
}

/** A folder of which listings are taken. */
function plantNames(place: string): void {
  mkdirSync(join(place, 'sub'));
  for (const name of ['a', 'b c', '-dash', 'new\nline', '.hidden', 'ü'])
    writeFileSync(join(place, name), name, { mode: 0o640 });
  writeFileSync(Buffer.concat([Buffer.from(`${place}/`), Buffer.from('n\xff', 'latin1')]), 'x', {
    mode: 0o4755,
  });
  symlinkSync('nowhere', join(place, 'dangling'));
}

describe('qsftp-server with sftp of OpenSSH 9.2', { concurrency: true }, () => {
  it('fulfils every command', async () => {
    const place = emptied(join(folder, 'every'));
    writeFileSync(join(folder, 'source'), content);
    const { code, stdout, stderr } = await sftp(OUR_SERVER, [
      `cd ${place}`,
      `put ${folder}/source one`,
      `get one ${folder}/back`,
      'cp one two',
      'ln two three',
      'ln -s two four',
      'rename two five',
      'rename -l five six',
      'mkdir sub',
      'chmod 600 six',
      'chmod 700 sub',
      'chown 0 six',
      'chgrp 0 six',
      'put -p source sub/kept',
      'rm one',
      'mkdir gone',
      'rmdir gone',
      'df',
      'df -hi',
      'pwd',
      'version',
      'ls -la',
      'ls s*',
    ]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, new RegExp(`Remote working directory: ${place}`));
    assert.ok(areEqual(join(folder, 'source'), join(folder, 'back')));
    assert.ok(areEqual(join(folder, 'source'), join(place, 'six')));
    assert.equal(readlinkSync(join(place, 'four')), 'two');
    assert.equal(statSync(join(place, 'six')).ino, statSync(join(place, 'three')).ino);
    assert.equal(statSync(join(place, 'six')).mode & 0o777, 0o600);
    const [kept, source] = [statSync(join(place, 'sub', 'kept')), statSync(join(folder, 'source'))];
    assert.equal(kept.mtimeMs, Math.floor(source.mtimeMs / 1000) * 1000);
    assert.deepEqual(
      ['one', 'two', 'five', 'gone'].filter((name) => existsSync(join(place, name))),
      [],
    );
  });

  it('lists as OpenSSH does', async () => {
    // The folder above is listed, too, and other tests make folders in that of all.
    const place = emptied(join(emptied(join(folder, 'listed')), 'names'));
    plantNames(place);
    const lines = [`cd ${place}`, 'ls -la', 'ls -ln', 'ls -1rt', 'ls -lS n*', 'pwd', 'ls ./sub/../a'];
    const found = await sftp(OUR_SERVER, lines);
    const expected = await sftp(OPENSSH_SERVER, lines);
    // The order in which a folder is read is the system's: -t leaves it to equal times.
    assert.equal(found.stdout, expected.stdout);
    assert.equal(found.code, 0);
    assert.match(found.stdout, /n\\377/);
  });

  it('says what fails as OpenSSH does', async () => {
    const place = emptied(join(folder, 'errors'));
    writeFileSync(join(place, 'file'), 'x');
    mkdirSync(join(place, 'full', 'sub'), { recursive: true });
    const lines = [
      `-cd ${place}/no`,
      `-cd ${place}/file`,
      `-get ${place}/no`,
      `-get ${place}/full`,
      `-put /etc/hostname ${place}/no/where`,
      `-put /etc/hostname ${place}/file/where`,
      `-rm ${place}/full`,
      `-rmdir ${place}/full`,
      `-mkdir ${place}/full`,
      `-rename ${place}/no ${place}/other`,
      `-rename -l ${place}/file ${place}/full`,
      `-rename ${place}/file ${place}/full`,
      `-ln -s x ${place}/file`,
      `-ln ${place}/no ${place}/x`,
      `-chmod 600 ${place}/no`,
      `-ls ${place}/no`,
      `-df ${place}/no`,
      `-cp ${place}/no ${place}/x`,
      `-mkdir ${place}/${'n'.repeat(300)}`,
    ];
    const found = await sftp(OUR_SERVER, lines);
    const expected = await sftp(OPENSSH_SERVER, lines);
    assert.equal(found.stderr, expected.stderr);
    assert.equal(found.stdout, expected.stdout);
    assert.ok(found.stderr.split('\n').length > 15);
  });

  it('gives and takes folders', async () => {
    const place = emptied(join(folder, 'folders'));
    const tree = emptied(join(place, 'tree'));
    plantNames(tree);
    writeFileSync(join(tree, 'sub', 'deep'), content);
    mkdirSync(join(place, 'to'));
    mkdirSync(join(place, 'from'));
    const { code } = await sftp(OUR_SERVER, [
      `-put -rp ${tree} ${place}/to`,
      `rm ${tree}/dangling`,
      `get -rp ${tree} ${place}/from`,
    ]);
    assert.equal(code, 0);
    assert.deepEqual(treeOf(join(place, 'from', 'tree')), treeOf(tree));
    assert.deepEqual(treeOf(join(place, 'to', 'tree')), treeOf(tree));
  });

  for (const [chunk, requests] of [
    [5, 1],
    [1000, 10],
    [261_120, 64],
  ] as const) {
    it(`serves requests of ${chunk} bytes, ${requests} at a time`, async () => {
      const place = emptied(join(folder, `chunks-${chunk}`));
      const size = Math.min(content.length, chunk * 4000 + 1);
      writeFileSync(join(place, 'a'), content.subarray(0, size));
      const options = ['-B', String(chunk), '-R', String(requests)];
      const { code } = await sftp(
        OUR_SERVER,
        [`get ${place}/a ${place}/b`, `put ${place}/a ${place}/c`],
        options,
      );
      assert.equal(code, 0);
      assert.ok(areEqual(join(place, 'a'), join(place, 'b')));
      assert.ok(areEqual(join(place, 'a'), join(place, 'c')));
    });
  }

  it('goes on where a transfer was broken off', async () => {
    const place = emptied(join(folder, 'resume'));
    writeFileSync(join(place, 'a'), content);
    for (const name of ['b', 'c']) writeFileSync(join(place, name), content.subarray(0, 1_000_000));
    const { code } = await sftp(OUR_SERVER, [`reget ${place}/a ${place}/b`, `reput ${place}/a ${place}/c`]);
    assert.equal(code, 0);
    assert.ok(areEqual(join(place, 'a'), join(place, 'b')));
    assert.ok(areEqual(join(place, 'a'), join(place, 'c')));
  });

  it('is read-only with -R, and denies and allows requests with -P and -p', async () => {
    const place = emptied(join(folder, 'rules'));
    writeFileSync(join(place, 'a'), 'x');
    const refused = async (options: string, command: string): Promise<boolean> => {
      const { code, stderr } = await sftp(`${OUR_SERVER} ${options}`, [command]);
      return code === 1 && /Permission denied/.test(stderr);
    };
    assert.ok(await refused('-R', `put ${place}/a ${place}/b`));
    assert.ok(await refused('-P mkdir,remove', `rm ${place}/a`));
    assert.ok(await refused('-p realpath,stat,lstat', `mkdir ${place}/b`));
    assert.deepEqual(treeOf(place), ['a 1 644']);
    assert.equal((await sftp(`${OUR_SERVER} -p realpath,lstat,mkdir`, [`mkdir ${place}/b`])).code, 0);
  });

  it('begins in the folder of -d, makes files with the mask of -u, and logs with -e and -l', async () => {
    const place = emptied(join(folder, 'start'));
    writeFileSync(join(place, 'a'), 'x', { mode: 0o666 });
    const { code, stdout, stderr } = await sftp(`${OUR_SERVER} -e -l INFO -u 077 -d ${place}`, [
      'pwd',
      `put ${place}/a b`,
    ]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`Remote working directory: ${place}\n`));
    assert.equal(statSync(join(place, 'b')).mode & 0o777, 0o600);
    assert.match(stderr, new RegExp(`^open "${place}/b"\n`));
  });
});

describe('qsftp-server without a client', () => {
  it('lists its requests as OpenSSH does', async () => {
    const found = await runWords([...ours('qsftp-server'), '-Q', 'requests']);
    const expected = await runWords([OPENSSH_SERVER, '-Q', 'requests']);
    assert.deepEqual(found.stdout.split('\n').toSorted(), expected.stdout.split('\n').toSorted());
  });

  it('ends with 0 when its input ends, and with 255 for what is no SFTP', async () => {
    assert.equal((await runWords(ours('qsftp-server'))).code, 0);
    const wrong = await runWords(ours('qsftp-server'), 'GET / HTTP/1.1\r\n\r\n');
    assert.equal(wrong.code, 255);
    assert.match(wrong.stderr, /^qsftp-server: Cannot read SFTP packet: found \d+ bytes/);
  });

  it('ends with 1 and its usage for wrong options', async () => {
    for (const words of [['-u', '8'], ['-l', 'LOUD'], ['-Q', 'x'], ['-f', 'x'], ['-d']]) {
      const { code, stderr } = await runWords([...ours('qsftp-server'), ...words]);
      assert.equal(code, 1);
      assert.match(stderr, /^qsftp-server: .*\nusage: qsftp-server /);
    }
  });

  it('passes over words after its options, as scp -D gives it a host', async () => {
    const words = ['host.example', '-x'];
    assert.equal((await runWords([OPENSSH_SERVER, ...words])).code, 0);
    assert.equal((await runWords([...ours('qsftp-server'), ...words])).code, 0);
  });
});
