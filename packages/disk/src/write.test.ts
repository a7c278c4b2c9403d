import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { test } from 'node:test';
import { asPlainUser, codeOf, foreignFile, foreignLink, Scratch, withSocket } from '../testing/scratch.ts';
import { leaveTemporary } from '../testing/temporary.ts';
import { statRegularFile } from './read.ts';
import { equalStamp, type Stamp } from './stamp.ts';
import { removeFile, writeFileAtomic } from './write.ts';

const NEW = new TextEncoder().encode('new');
const MODE = { mode: 0o600 };

function stampAt(path: string): Stamp {
  const stamp = statRegularFile(path);
  assert.ok(stamp);
  return stamp;
}

test('writeFileAtomic makes a file with the mode and time asked for, and returns its stamp', () => {
  using scratch = new Scratch();
  const path = scratch.file('file');
  const stamp = writeFileAtomic(path, NEW, { mode: 0o664, mtimeSeconds: 1_600_000_000 });
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.equal(statSync(path).mode & 0o7777, 0o664);
  assert.equal(stamp.mtimeNs, 1_600_000_000_000_000_000n);
  assert.ok(equalStamp(stamp, stampAt(path)));
  assert.deepEqual(readdirSync(scratch.path), ['file']);
});

test('writeFileAtomic without a time gives the present one', () => {
  using scratch = new Scratch();
  const before = BigInt(Date.now()) - 1000n;
  const { mtimeNs } = writeFileAtomic(scratch.file('file'), NEW, MODE);
  assert.ok(mtimeNs / 1_000_000n >= before);
});

test('writeFileAtomic replaces the file: whoever has the old one open, or another link to it, keeps the old bytes', () => {
  using scratch = new Scratch();
  const path = scratch.write('file', 'old', 0o644);
  linkSync(path, scratch.file('other'));
  writeFileAtomic(path, NEW, MODE);
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.equal(readFileSync(scratch.file('other'), 'utf8'), 'old');
  assert.equal(statSync(path).mode & 0o7777, 0o600);
});

test('writeFileAtomic writes no bytes and many bytes', () => {
  using scratch = new Scratch();
  const path = scratch.file('file');
  writeFileAtomic(path, new Uint8Array(), MODE);
  assert.equal(statSync(path).size, 0);
  const many = new Uint8Array(3_000_000).map((_, index) => index % 251);
  writeFileAtomic(path, many, MODE);
  assert.ok(readFileSync(path).equals(many));
});

test('writeFileAtomic keeps an own symlink and replaces the file it leads to, in that folder', () => {
  using scratch = new Scratch();
  scratch.folder('far');
  const file = scratch.write('far/file', 'old');
  const path = scratch.link('link', 'far/file');
  leaveTemporary(scratch.file('far'));
  writeFileAtomic(path, NEW, { mode: 0o600, expect: stampAt(path) });
  assert.equal(readlinkSync(path), 'far/file');
  assert.equal(readFileSync(file, 'utf8'), 'new');
  assert.deepEqual(readdirSync(scratch.file('far')), ['file'], 'what a killed process left there is removed');
});

test('writeFileAtomic refuses dangling and foreign links and foreign files, and leaves nothing behind', () => {
  using scratch = new Scratch();
  const [file, link] = [foreignFile(scratch), foreignLink(scratch)];
  const dangling = scratch.link('dangling', 'none');
  const before = readdirSync(scratch.path);
  assert.equal(
    codeOf(() => writeFileAtomic(dangling, NEW, MODE)),
    'dangling-link',
  );
  assert.equal(
    codeOf(() => writeFileAtomic(link, NEW, MODE)),
    'foreign-link',
  );
  assert.equal(
    codeOf(() => writeFileAtomic(file, NEW, MODE)),
    'foreign-owner',
  );
  assert.deepEqual(readdirSync(scratch.path), before);
  assert.ok(lstatSync(dangling).isSymbolicLink());
});

test('writeFileAtomic refuses to replace folders, FIFOs, sockets and devices', async () => {
  using scratch = new Scratch();
  const socket = scratch.file('socket');
  await withSocket(socket, () => {
    for (const path of [scratch.folder('folder'), scratch.fifo('fifo'), socket, '/dev/null'])
      assert.equal(
        codeOf(() => writeFileAtomic(path, NEW, MODE)),
        'not-regular',
      );
    assert.deepEqual(readdirSync(scratch.path), ['fifo', 'folder', 'socket']);
  });
});

test('writeFileAtomic writes over the expected file and over nothing where nothing is expected', () => {
  using scratch = new Scratch();
  const path = scratch.file('file');
  const first = writeFileAtomic(path, NEW, { mode: 0o600, expect: null });
  const second = writeFileAtomic(path, NEW, { mode: 0o600, expect: first });
  assert.ok(!equalStamp(first, second));
});

test('writeFileAtomic leaves a file alone that is not the expected one', () => {
  using scratch = new Scratch();
  const path = scratch.write('file', 'old');
  const seen = stampAt(path);
  const refused = (expect: Stamp | null, reason: string): void => {
    assert.throws(() => writeFileAtomic(path, NEW, { mode: 0o600, expect }), {
      name: 'ChangedError',
      code: 'changed',
      message: `Cannot write "${path}": ${reason}`,
    });
  };
  refused(null, 'a new file stands there, none expected');
  chmodSync(path, 0o644);
  refused(seen, 'it was changed meanwhile');
  assert.equal(readFileSync(path, 'utf8'), 'old');
  unlinkSync(path);
  refused(seen, 'it is gone');
  assert.deepEqual(readdirSync(scratch.path), []);
});

test('writeFileAtomic sees a change that keeps size and mtime', () => {
  using scratch = new Scratch();
  const path = scratch.write('file', 'old');
  const seen = stampAt(path);
  scratch.write('file', 'odd');
  utimesSync(path, 0, Number(seen.mtimeNs / 1_000_000_000n));
  assert.equal(
    codeOf(() => writeFileAtomic(path, NEW, { mode: 0o600, expect: seen })),
    'changed',
  );
  assert.equal(readFileSync(path, 'utf8'), 'odd');
});

test('writeFileAtomic in a missing or read-only folder says so', () => {
  using scratch = new Scratch();
  const missing = scratch.file('none/file');
  assert.throws(() => writeFileAtomic(missing, NEW, MODE), {
    code: 'ENOENT',
    message: `Cannot write "${missing}": no such file or directory`,
  });
  const path = scratch.write('file', 'old');
  chmodSync(scratch.path, 0o500);
  asPlainUser([scratch.path, path], () => {
    assert.throws(() => writeFileAtomic(path, NEW, MODE), {
      code: 'EACCES',
      message: `Cannot write "${path}": permission denied`,
    });
  });
  assert.equal(readFileSync(path, 'utf8'), 'old');
  chmodSync(scratch.path, 0o700);
});

test('writeFileAtomic refuses modes and times that are none', () => {
  using scratch = new Scratch();
  const path = scratch.file('file');
  for (const mode of [0o1777, -1, 0.5, Number.NaN])
    assert.throws(() => writeFileAtomic(path, NEW, { mode }), {
      name: 'RangeError',
      message: `Cannot write "${path}" with mode ${mode}: an integer of at most 0o777 expected`,
    });
  for (const mtimeSeconds of [0.5, Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => writeFileAtomic(path, NEW, { mode: 0o600, mtimeSeconds }), RangeError);
  assert.deepEqual(readdirSync(scratch.path), []);
});

test('writeFileAtomic takes any whole second that another machine may send', () => {
  using scratch = new Scratch();
  const path = scratch.file('file');
  for (const mtimeSeconds of [-1, 0, 2 ** 33, Number.MAX_SAFE_INTEGER])
    assert.equal(writeFileAtomic(path, NEW, { mode: 0o600, mtimeSeconds }).size, 3);
});

test('removeFile removes the expected file only', () => {
  using scratch = new Scratch();
  const path = scratch.write('file', 'old');
  const seen = stampAt(path);
  scratch.write('file', 'longer');
  assert.throws(() => removeFile(path, { expect: seen }), {
    code: 'changed',
    message: `Cannot remove "${path}": it was changed meanwhile`,
  });
  assert.equal(readFileSync(path, 'utf8'), 'longer');
  const now = stampAt(path);
  removeFile(path, { expect: now });
  assert.deepEqual(readdirSync(scratch.path), []);
  assert.throws(() => removeFile(path, { expect: now }), { message: `Cannot remove "${path}": it is gone` });
});

test('removeFile of an own symlink removes the link and leaves the file', () => {
  using scratch = new Scratch();
  scratch.folder('far');
  const file = scratch.write('far/file', 'old');
  const path = scratch.link('link', file);
  removeFile(path, { expect: stampAt(path) });
  assert.deepEqual(readdirSync(scratch.path), ['far']);
  assert.equal(readFileSync(file, 'utf8'), 'old');
});
