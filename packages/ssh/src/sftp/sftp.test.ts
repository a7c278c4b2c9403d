// The client and the server together over a pair of streams, on a folder of its own.
import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { test, type TestContext } from 'node:test';

import { openSftp, type SftpClient } from './client.ts';
import type { FileSystem } from './file-system.ts';
import { MAX_HANDLES } from './limits.ts';
import { localFileSystem } from './local-file-system.ts';
import { startingIn } from './starting-in.ts';
import { serveSftp, type SftpEvent, type SftpServerOptions } from './server.ts';

interface Stage {
  readonly sftp: SftpClient;
  readonly folder: string;
}

async function stage(
  context: TestContext,
  options: SftpServerOptions = {},
  files: FileSystem = localFileSystem(),
): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'sftp-'));
  const [here, there] = duplexPair();
  const served = serveSftp(there, files, options);
  const sftp = await openSftp(here);
  context.after(async () => {
    await sftp.close();
    await served;
    rmSync(folder, { recursive: true, force: true });
  });
  return { sftp, folder };
}

async function namesIn(sftp: SftpClient, folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of sftp.readFolder(folder)) names.push(Buffer.from(name).toString('latin1'));
  return names.toSorted();
}

test('a file is written, read in part and to its end, and closed once', async (context) => {
  const { sftp, folder } = await stage(context);
  const path = join(folder, 'a');
  const file = await sftp.open(path, ['read', 'write', 'create', 'exclusive'], { mode: 0o600 });
  await Promise.all([file.write(3, Buffer.from('def')), file.write(0, Buffer.from('abc'))]);
  await file.sync();
  assert.equal(Buffer.from(await file.read(0, 100)).toString(), 'abcdef');
  assert.equal(Buffer.from(await file.read(4, 1)).toString(), 'e');
  assert.equal((await file.read(6, 1)).length, 0);
  assert.equal((await file.status()).size, 6);
  await file.setStatus({ size: 2, mode: 0o640, times: { accessed: 1, modified: 2 } });
  await file.close();
  await assert.rejects(file.close(), { name: 'SftpError', code: 'noSuchFile' });
  await assert.rejects(file.read(0, 1), { code: 'failure' });
  const stats = statSync(path);
  assert.deepEqual([stats.size, stats.mode & 0o777, stats.atimeMs, stats.mtimeMs], [2, 0o640, 1000, 2000]);
});

test('a file larger than 4 GiB is read and written behind that', async (context) => {
  const { sftp, folder } = await stage(context);
  const file = await sftp.open(join(folder, 'big'), ['read', 'write', 'create']);
  await file.write(2 ** 33 + 1, Buffer.from('end'));
  assert.equal((await sftp.status(join(folder, 'big'))).size, 2 ** 33 + 4);
  assert.equal(Buffer.from(await file.read(2 ** 33, 100)).toString('latin1'), '\0end');
  await file.close();
});

test('names are bytes, in folders, links and paths', async (context) => {
  const { sftp, folder } = await stage(context);
  const at = (name: string): Uint8Array =>
    Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
  await (await sftp.open(at('\xff\n'), ['write', 'create'])).close();
  await sftp.makeFolder(at('\xfe'));
  await sftp.makeLink(Buffer.from('\xfd/x', 'latin1'), at('\xfc'));
  assert.deepEqual(await namesIn(sftp, folder), ['.', '..', '\xfc', '\xfe', '\xff\n']);
  assert.equal(Buffer.from(await sftp.readLink(at('\xfc'))).toString('latin1'), '\xfd/x');
  assert.deepEqual(Buffer.from(await sftp.realPath(at('\xfe'))), Buffer.from(at('\xfe')));
  await sftp.rename(at('\xff\n'), at('\xfb'));
  await sftp.remove(at('\xfb'));
  await sftp.removeFolder(at('\xfe'));
  assert.deepEqual(await namesIn(sftp, folder), ['.', '..', '\xfc']);
  await assert.rejects(sftp.status(Buffer.concat([at('a'), Buffer.of(0, 0x2f)])), { code: 'noSuchFile' });
});

test('a folder of thousands of names comes whole, with lines of `ls -l`', async (context) => {
  const { sftp, folder } = await stage(context);
  for (let index = 0; index < 2500; index++) writeFileSync(join(folder, `file-${index}`), '');
  assert.equal((await namesIn(sftp, folder)).length, 2502);
  for await (const { name, longName, attributes } of sftp.readFolder(folder)) {
    if (Buffer.from(name).toString() !== 'file-7') continue;
    assert.match(
      Buffer.from(longName).toString(),
      /^-rw-r--r-- {4}1 \S+ +\S+ +0 [A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d file-7$/,
    );
    assert.equal(attributes.size, 0);
  }
});

test('rename keeps an existing file where it is asked to, and replaces it otherwise', async (context) => {
  const { sftp, folder } = await stage(context);
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  writeFileSync(from, 'new');
  writeFileSync(to, 'old');
  await assert.rejects(sftp.renameNew(from, to), { code: 'failure' });
  assert.equal(readFileSync(to, 'utf8'), 'old');
  await sftp.rename(from, to);
  assert.equal(readFileSync(to, 'utf8'), 'new');
  mkdirSync(from);
  await sftp.renameNew(from, join(folder, 'moved'));
  assert.ok(statSync(join(folder, 'moved')).isDirectory());
});

test('links: hard ones share the file, lsetstat changes the symbolic one itself', async (context) => {
  const { sftp, folder } = await stage(context);
  const [file, hard, soft] = [join(folder, 'file'), join(folder, 'hard'), join(folder, 'soft')];
  writeFileSync(file, 'x');
  await sftp.hardLink(file, hard);
  assert.equal(statSync(hard).ino, statSync(file).ino);
  symlinkSync('file', soft);
  await sftp.setLinkStatus(soft, { times: { accessed: 5, modified: 6 } });
  assert.equal(lstatSync(soft).mtimeMs, 6000);
  assert.notEqual(statSync(file).mtimeMs, 6000);
  await sftp.setStatus(soft, { times: { accessed: 7, modified: 8 } });
  assert.equal(statSync(file).mtimeMs, 8000);
});

test('realPath needs no last name, and follows links that point to nothing', async (context) => {
  const { sftp, folder } = await stage(context);
  symlinkSync('gone', join(folder, 'dangling'));
  symlinkSync('loop', join(folder, 'loop'));
  const real = async (path: string): Promise<string> => Buffer.from(await sftp.realPath(path)).toString();
  assert.equal(await real(`${folder}/./new`), `${folder}/new`);
  await assert.rejects(real(`${folder}/new/`), { code: 'noSuchFile' });
  assert.equal(await real(join(folder, 'dangling')), join(folder, 'gone'));
  await assert.rejects(real(join(folder, 'loop')), { code: 'noSuchFile' });
  await assert.rejects(real(join(folder, 'no', 'where')), { code: 'noSuchFile' });
  assert.equal(await real(''), process.cwd());
});

test('extensions of OpenSSH: statvfs, fstatvfs, expand-path, home-directory, names and copy-data', async (context) => {
  const { sftp, folder } = await stage(context);
  const { blockSize, blocks } = await sftp.statistics(folder);
  assert.ok(blockSize > 0n && blocks > 0n);
  const { homedir, username, uid } = userInfo();
  assert.equal(Buffer.from(await sftp.homeFolder('')).toString(), homedir);
  assert.equal(Buffer.from(await sftp.expandPath(`~${username}`)).toString(), homedir);
  await assert.rejects(sftp.homeFolder('no such user'), { code: 'noSuchFile' });
  assert.equal(
    Buffer.from(await sftp.expandPath('~/no-such-file')).toString(),
    join(process.cwd(), 'no-such-file'),
  );
  const names = await sftp.namesById([uid, 4_000_000_000], [0]);
  assert.deepEqual(names, { users: [username, ''], groups: ['root'] });
  writeFileSync(join(folder, 'from'), 'abcdefgh');
  const from = await sftp.open(join(folder, 'from'), ['read']);
  const to = await sftp.open(join(folder, 'to'), ['write', 'create']);
  assert.equal((await from.statistics()).blockSize, blockSize);
  await sftp.copyData(from, 2, 3, to, 1);
  assert.equal(readFileSync(join(folder, 'to'), 'latin1'), '\0cde');
  await sftp.copyData(from, 6, 0, to, 0);
  assert.equal(readFileSync(join(folder, 'to'), 'latin1'), 'ghde');
  await assert.rejects(sftp.copyData(from, 0, 0, from, 8), { code: 'failure' });
  await Promise.all([from.close(), to.close()]);
});

test('a read-only server changes nothing', async (context) => {
  const { sftp, folder } = await stage(context, { readOnly: true });
  const path = join(folder, 'a');
  writeFileSync(path, 'x');
  const refused = { code: 'permissionDenied' };
  await assert.rejects(sftp.open(path, ['write']), refused);
  await assert.rejects(sftp.open(path, ['read', 'truncate']), refused);
  await assert.rejects(sftp.open(join(folder, 'b'), ['read', 'create']), refused);
  const file = await sftp.open(path, ['read']);
  await assert.rejects(file.write(0, Buffer.from('y')), refused);
  await assert.rejects(file.setStatus({ size: 0 }), refused);
  await assert.rejects(sftp.rename(path, `${path}2`), refused);
  await assert.rejects(sftp.hardLink(path, `${path}2`), refused);
  await assert.rejects(sftp.remove(path), refused);
  await assert.rejects(sftp.makeFolder(`${path}2`), refused);
  assert.equal(Buffer.from(await file.read(0, 10)).toString(), 'x');
  await file.close();
  assert.deepEqual(await namesIn(sftp, folder), ['.', '..', 'a']);
});

test('a server refuses what is not permitted, and tells its log of every request with its paths', async (context) => {
  const events: SftpEvent[] = [];
  const permits = (request: string): boolean => request !== 'mkdir';
  const { sftp, folder } = await stage(context, { permits, log: (event) => events.push(event) });
  await assert.rejects(sftp.makeFolder(join(folder, 'a')), { code: 'permissionDenied' });
  await assert.rejects(sftp.remove(join(folder, 'b')), { code: 'noSuchFile' });
  await sftp.status(folder);
  const told = events.map(({ request, paths, status }) => [request, ...paths.map(String), status]);
  assert.deepEqual(told, [
    ['limits', 'ok'],
    ['mkdir', String(Buffer.from(join(folder, 'a')).values().toArray()), 'permissionDenied'],
    ['remove', String(Buffer.from(join(folder, 'b')).values().toArray()), 'noSuchFile'],
    ['stat', String(Buffer.from(folder).values().toArray()), 'ok'],
  ]);
});

test('a client may have MAX_HANDLES files open, and one more after it has closed one', async (context) => {
  const { sftp, folder } = await stage(context);
  writeFileSync(join(folder, 'a'), '');
  const files = await Promise.all(
    Array.from({ length: MAX_HANDLES }, () => sftp.open(join(folder, 'a'), ['read'])),
  );
  await assert.rejects(sftp.open(join(folder, 'a'), ['read']), { code: 'failure' });
  await files[0]?.close();
  const again = await sftp.open(join(folder, 'a'), ['read']);
  // A number is not used twice, so that the first handle stays closed.
  assert.notDeepEqual(again.handle, files[0]?.handle);
});

test('a file system may answer later, and requests still end in their order', async (context) => {
  const local = localFileSystem();
  const order: string[] = [];
  const slow: FileSystem = {
    ...local,
    status: async (path) => {
      await new Promise(setImmediate);
      return local.status(path);
    },
  };
  const { sftp, folder } = await stage(context, {}, slow);
  await Promise.all([
    sftp.status(folder).then(() => order.push('status')),
    sftp.linkStatus(folder).then(() => order.push('link status')),
    assert.rejects(sftp.status(join(folder, 'no')), { code: 'noSuchFile' }).then(() => order.push('refused')),
  ]);
  assert.deepEqual(order, ['status', 'link status', 'refused']);
});

test('startingIn begins relative paths in its folder, and leaves others and the targets of links', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'sftp-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const { sftp } = await stage(context, {}, startingIn(localFileSystem(), Buffer.from(folder)));
  for (const here of ['', '.', './']) assert.equal(Buffer.from(await sftp.realPath(here)).toString(), folder);
  for (const home of ['~', '~/']) assert.equal(Buffer.from(await sftp.expandPath(home)).toString(), folder);
  assert.equal(Buffer.from(await sftp.expandPath('~/x')).toString(), join(folder, 'x'));
  await sftp.makeFolder('sub');
  await (await sftp.open('sub/a', ['write', 'create'])).close();
  await sftp.makeLink('sub/a', 'link');
  await sftp.rename('sub/a', 'sub/b');
  await sftp.hardLink('sub/b', 'sub/a');
  assert.deepEqual(await namesIn(sftp, 'sub'), ['.', '..', 'a', 'b']);
  assert.equal(Buffer.from(await sftp.readLink('link')).toString(), 'sub/a');
  assert.equal((await sftp.status('link')).size, 0);
  assert.equal((await sftp.status(join(folder, 'link'))).size, 0);
  await sftp.remove('sub/a');
  await assert.rejects(sftp.status('link'), { code: 'noSuchFile' });
  await assert.rejects(sftp.status(''), { code: 'noSuchFile' });
});
