import assert from 'node:assert/strict';
import { chmodSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { test } from 'node:test';
import { asPlainUser, codeOf, foreignFile, foreignLink, Scratch, withSocket } from '../testing/scratch.ts';
import { DiskError } from './error.ts';
import { readRegularFile, statRegularFile } from './read.ts';
import { equalStamp } from './stamp.ts';

const text = (path: string): string => new TextDecoder().decode(readRegularFile(path, 100).bytes);

/** The code with which both functions refuse the path. */
function refusal(path: string): unknown {
  const code = codeOf(() => readRegularFile(path, 100));
  assert.equal(
    codeOf(() => statRegularFile(path)),
    code,
  );
  return code;
}

test('readRegularFile gives the bytes and a stamp of them', () => {
  using scratch = new Scratch();
  const path = scratch.write('file', 'content', 0o640);
  const { bytes, stamp, viaLink } = readRegularFile(path, 7);
  const stat = statSync(path, { bigint: true });
  assert.equal(new TextDecoder().decode(bytes), 'content');
  assert.deepEqual(stamp, {
    size: 7,
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    ino: stat.ino,
    mode: 0o640,
  });
  assert.equal(viaLink, false);
  const standing = statRegularFile(path);
  assert.ok(standing && equalStamp(standing, stamp));
});

test('readRegularFile reads an empty file', () => {
  using scratch = new Scratch();
  assert.equal(text(scratch.write('file', '')), '');
});

test('readRegularFile of nothing is ENOENT, statRegularFile gives undefined', () => {
  using scratch = new Scratch();
  const path = scratch.file('none');
  assert.throws(
    () => readRegularFile(path, 100),
    new DiskError('ENOENT', path, `Cannot read "${path}": no such file`),
  );
  assert.equal(statRegularFile(path), undefined);
});

test('readRegularFile follows own symlinks, relative, absolute and one after the other', () => {
  using scratch = new Scratch();
  scratch.folder('sub');
  const file = scratch.write('sub/file', 'content');
  const absolute = scratch.link('absolute', file);
  assert.equal(readRegularFile(scratch.link('relative', 'sub/file'), 100).viaLink, true);
  assert.equal(text(scratch.link('to-link', 'absolute')), 'content');
  assert.equal(text(scratch.link('sub/up', '../absolute')), 'content');
  assert.equal(text(absolute), 'content');
  assert.equal(text(relative('.', absolute)), 'content');
});

test('readRegularFile goes up from where a folder link leads, as the kernel does', () => {
  using scratch = new Scratch();
  scratch.folder('far');
  scratch.folder('far/away');
  scratch.link('near', 'far/away');
  scratch.write('file', 'wrong');
  scratch.write('far/file', 'right');
  assert.equal(text(scratch.link('link', 'near/../file')), 'right');
});

test('readRegularFile refuses links that lead nowhere or in a circle', () => {
  using scratch = new Scratch();
  assert.equal(refusal(scratch.link('nowhere', 'none')), 'dangling-link');
  assert.equal(refusal(scratch.link('circle', 'circle')), 'dangling-link');
  assert.equal(refusal(scratch.link('no-folder', 'nowhere/file')), 'dangling-link');
});

test('readRegularFile refuses what belongs to another user, directly or through a link', () => {
  using scratch = new Scratch();
  const file = foreignFile(scratch);
  assert.equal(refusal(file), 'foreign-owner');
  assert.equal(refusal(scratch.link('to-file', file)), 'foreign-owner');
  const link = foreignLink(scratch);
  assert.equal(refusal(link), 'foreign-link');
  assert.equal(refusal(scratch.link('to-link', link)), 'foreign-link');
});

test('readRegularFile refuses folders, FIFOs, sockets and devices at once, directly or through a link', async () => {
  using scratch = new Scratch();
  const socket = scratch.file('socket');
  await withSocket(socket, () => {
    for (const path of [scratch.folder('folder'), scratch.fifo('fifo'), socket, '/dev/zero']) {
      assert.equal(refusal(path), 'not-regular', path);
      assert.equal(refusal(scratch.link(`to-${path.replace(/.*\//, '')}`, path)), 'not-regular', path);
    }
  });
});

test('readRegularFile says what it found instead of a regular file', () => {
  using scratch = new Scratch();
  const path = scratch.fifo('fifo');
  const message = `Cannot use "${path}": found a FIFO, expected a regular file`;
  assert.throws(() => readRegularFile(path, 100), { name: 'UnsafeFileError', path, message });
});

test('readRegularFile refuses a file over the limit without reading it', () => {
  using scratch = new Scratch();
  const path = scratch.write('file', '12345678');
  assert.throws(() => readRegularFile(path, 7), {
    code: 'too-large',
    message: `Cannot read "${path}": 8 bytes, at most 7 expected`,
  });
});

test('readRegularFile of an unreadable file says the mode and the command that repairs it', () => {
  using scratch = new Scratch();
  const path = scratch.write("it's", 'content');
  chmodSync(path, 0o200);
  asPlainUser([scratch.path, path], () => {
    assert.throws(() => readRegularFile(path, 100), {
      code: 'EACCES',
      message: `Cannot read "${path}": permission denied (mode 0200)`,
      hint: `chmod u+r '${scratch.path}/it'\\''s'`,
    });
  });
});

test('readRegularFile in a folder that may not be entered is EACCES', () => {
  using scratch = new Scratch();
  const folder = scratch.folder('folder');
  const path = scratch.write('folder/file', 'content');
  chmodSync(folder, 0o600);
  asPlainUser([scratch.path, folder, path], () => assert.equal(refusal(path), 'EACCES'));
  chmodSync(folder, 0o700);
});
