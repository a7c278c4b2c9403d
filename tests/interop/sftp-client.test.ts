// Our client with OpenSSH's server.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { download, openSftp, upload } from '@orrery/ssh';
import { StreamPair } from '../../apps/qssh/src/copy/stream-pair.ts';
import { makeFolder } from './stage/folder.ts';
import { OPENSSH_SERVER } from './stage/sftp.ts';

const folder = makeFolder();
const server = spawn(OPENSSH_SERVER, { stdio: ['pipe', 'pipe', 'inherit'] });
const sftp = await openSftp(new StreamPair(server.stdout, server.stdin));
after(() => sftp.close());

function at(name: string): string {
  return join(folder, name);
}

describe('openSftp with sftp-server of OpenSSH 9.2', () => {
  it('learns the extensions and limits', () => {
    assert.deepEqual(sftp.limits.read, 261_120);
    assert.deepEqual(sftp.limits.write, 261_120);
    assert.equal(sftp.extensions.get('statvfs@openssh.com'), '2');
    assert.equal(sftp.extensions.get('copy-data'), '1');
  });

  it('writes, reads, changes and closes files', async () => {
    const file = await sftp.open(at('a'), ['read', 'write', 'create', 'exclusive'], { mode: 0o600 });
    await file.write(2 ** 33, Buffer.from('far'));
    await file.write(0, Buffer.from('near'));
    assert.equal(Buffer.from(await file.read(2 ** 33 - 1, 100)).toString('latin1'), '\0far');
    assert.equal((await file.status()).size, 2 ** 33 + 3);
    await file.setStatus({ size: 4, times: { accessed: 10, modified: 20 } });
    await file.sync();
    assert.equal((await file.read(4, 1)).length, 0);
    assert.ok((await file.statistics()).blockSize > 0n);
    await file.close();
    await assert.rejects(file.close(), { code: 'noSuchFile' });
    await assert.rejects(sftp.open(at('a'), ['write', 'create', 'exclusive']), { code: 'failure' });
    const stats = statSync(at('a'));
    assert.deepEqual(
      [stats.mode & 0o777, stats.mtimeMs, readFileSync(at('a'), 'utf8')],
      [0o600, 20_000, 'near'],
    );
  });

  it('appends whatever the position says', async () => {
    writeFileSync(at('log'), 'one');
    const file = await sftp.open(at('log'), ['write', 'append']);
    await file.write(0, Buffer.from(' two'));
    await file.close();
    assert.equal(readFileSync(at('log'), 'utf8'), 'one two');
  });

  it('makes, lists, renames and removes, with names that are bytes', async () => {
    const name = (text: string): Buffer =>
      Buffer.concat([Buffer.from(`${folder}/names/`), Buffer.from(text, 'latin1')]);
    await sftp.makeFolder(at('names'), { mode: 0o700 });
    await (await sftp.open(name('\xff \n'), ['write', 'create'])).close();
    await sftp.makeFolder(name('\xfe'));
    await sftp.makeLink(Buffer.from('\xfd', 'latin1'), name('link'));
    await sftp.hardLink(name('\xff \n'), name('hard'));
    const names: string[] = [];
    for await (const entry of sftp.readFolder(at('names')))
      names.push(Buffer.from(entry.name).toString('latin1'));
    assert.deepEqual(names.toSorted(), ['.', '..', 'hard', 'link', '\xfe', '\xff \n']);
    assert.equal(readlinkSync(name('link'), { encoding: 'latin1' }), '\xfd');
    assert.equal(Buffer.from(await sftp.readLink(name('link'))).toString('latin1'), '\xfd');
    await assert.rejects(sftp.renameNew(name('hard'), name('\xff \n')), { code: 'failure' });
    await sftp.rename(name('hard'), name('moved'));
    for (const gone of ['moved', '\xff \n', 'link']) await sftp.remove(name(gone));
    await sftp.removeFolder(name('\xfe'));
    await sftp.removeFolder(at('names'));
    await assert.rejects(sftp.status(at('names')), {
      code: 'noSuchFile',
      message: 'No such file or directory',
    });
  });

  it('changes a link itself, and what it leads to', async () => {
    writeFileSync(at('target'), '');
    symlinkSync('target', at('soft'));
    await sftp.setLinkStatus(at('soft'), { times: { accessed: 1, modified: 2 } });
    await sftp.setStatus(at('soft'), { mode: 0o604, times: { accessed: 3, modified: 4 } });
    assert.equal(lstatSync(at('soft')).mtimeMs, 2000);
    assert.equal(statSync(at('target')).mtimeMs, 4000);
    assert.equal(statSync(at('target')).mode & 0o777, 0o604);
    assert.equal((await sftp.linkStatus(at('soft'))).times?.modified, 2);
  });

  it('knows paths, disks, homes and names', async () => {
    const { homedir, username, uid } = userInfo();
    assert.equal(Buffer.from(await sftp.realPath(`${folder}/./x`)).toString(), at('x'));
    assert.equal(Buffer.from(await sftp.expandPath('~/x')).toString(), join(process.cwd(), 'x'));
    assert.equal(Buffer.from(await sftp.expandPath(`~${username}`)).toString(), homedir);
    assert.ok((await sftp.statistics(folder)).blocks > 0n);
    assert.deepEqual(await sftp.namesById([uid, 4_000_000_000], [0]), {
      users: [username, ''],
      groups: ['root'],
    });
  });

  it('copies on the server', async () => {
    writeFileSync(at('from'), 'abcdefgh');
    const [from, to] = [
      await sftp.open(at('from'), ['read']),
      await sftp.open(at('to'), ['write', 'create']),
    ];
    await sftp.copyData(from, 2, 3, to, 1);
    await sftp.copyData(from, 6, 0, to, 4);
    await Promise.all([from.close(), to.close()]);
    assert.equal(readFileSync(at('to'), 'latin1'), '\0cdegh');
  });

  it('transfers files whole, with many requests under way', async () => {
    const content = randomBytes(20_000_003);
    const put = await sftp.open(at('large'), ['write', 'create']);
    const source = { read: (into: Uint8Array, position: number) => content.copy(into, 0, position) };
    assert.equal(await upload(put, source, { chunk: sftp.limits.write }), content.length);
    await put.close();
    assert.ok(readFileSync(at('large')).equals(content));
    const got = Buffer.alloc(content.length);
    const get = await sftp.open(at('large'), ['read']);
    const sink = { write: (bytes: Uint8Array, position: number) => got.set(bytes, position) };
    assert.equal(await download(get, content.length, sink, { chunk: 40_000 }), content.length);
    await get.close();
    assert.ok(got.equals(content));
  });

  it('reads a file whose size nobody knows', async () => {
    const file = await sftp.open('/proc/self/status', ['read']);
    let found = '';
    const sink = { write: (bytes: Uint8Array) => void (found += Buffer.from(bytes).toString()) };
    const size = await download(file, 0, sink, { chunk: 261_120 });
    assert.match(found, /^Name:\tsftp-server\n/);
    assert.equal(size, found.length);
  });
});
