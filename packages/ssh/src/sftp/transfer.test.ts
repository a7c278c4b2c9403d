import assert from 'node:assert/strict';
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { test, type TestContext } from 'node:test';

import fc from 'fast-check';
import { openSftp, type SftpClient } from './client.ts';
import type { FileSystem, OpenFile } from './file-system.ts';
import { localFileSystem } from './local-file-system.ts';
import { serveSftp } from './server.ts';
import { SftpError } from './status.ts';
import { download, upload } from './transfer.ts';

interface Stage {
  readonly sftp: SftpClient;
  readonly path: string;
}

/** A server whose files are as `change` makes them. */
async function stage(
  context: TestContext,
  change: (file: OpenFile) => Partial<OpenFile> = () => ({}),
): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'sftp-'));
  const local = localFileSystem();
  const open: FileSystem['open'] = async (path, mode, attributes) => {
    const file = await local.open(path, mode, attributes);
    const bound: OpenFile = {
      read: (into, position) => file.read(into, position),
      write: (bytes, position) => file.write(bytes, position),
      status: () => file.status(),
      setStatus: (wanted) => file.setStatus(wanted),
      sync: () => file.sync(),
      statistics: () => file.statistics(),
      close: () => file.close(),
    };
    return { ...bound, ...change(bound) };
  };
  const [here, there] = duplexPair();
  const served = serveSftp(there, { ...local, open });
  const sftp = await openSftp(here);
  context.after(async () => {
    await sftp.close();
    await served;
    rmSync(folder, { recursive: true, force: true });
  });
  return { sftp, path: join(folder, 'file') };
}

/** Takes what a download gives. */
function collector(size: number): { bytes: Buffer; write(bytes: Uint8Array, position: number): void } {
  const bytes = Buffer.alloc(size);
  return { bytes, write: (part, position) => bytes.set(part, position) };
}

const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) >> 3));

test('download and upload give the same file back, for every size and chunk', async (context) => {
  const { sftp, path } = await stage(context);
  const sizes = fc.nat({ max: 40_000 });
  const chunks = fc.integer({ min: 512, max: 9000 });
  await fc.assert(
    fc.asyncProperty(sizes, chunks, fc.nat({ max: 40_000 }), async (size, chunk, told) => {
      const to = await sftp.open(path, ['write', 'create', 'truncate']);
      const source = (into: Uint8Array, position: number): number =>
        content.copy(into, 0, position, Math.min(size, position + into.length));
      assert.equal(await upload(to, { read: source }, { chunk }), size);
      await to.close();
      assert.ok(readFileSync(path).equals(content.subarray(0, size)));
      const from = await sftp.open(path, ['read']);
      const sink = collector(size);
      // The size that a server tells may be wrong.
      assert.equal(await download(from, told, sink, { chunk }), size);
      await from.close();
      assert.ok(sink.bytes.equals(content.subarray(0, size)));
    }),
    { numRuns: 40 },
  );
});

test('download asks again for what a short answer left out', async (context) => {
  const { sftp, path } = await stage(context, (file) => ({
    read: (into, position) => file.read(into.subarray(0, Math.max(1, into.length >> 1)), position),
  }));
  writeFileSync(path, content);
  const file = await sftp.open(path, ['read']);
  const sink = collector(content.length);
  assert.equal(await download(file, content.length, sink, { chunk: 32_768 }), content.length);
  assert.ok(sink.bytes.equals(content));
});

test('download ends where the file ends, though it was longer before', async (context) => {
  const { sftp, path } = await stage(context);
  writeFileSync(path, content);
  const fd = openSync(path, 'r+');
  ftruncateSync(fd, 1000);
  closeSync(fd);
  const file = await sftp.open(path, ['read']);
  const sink = collector(content.length);
  assert.equal(await download(file, content.length, sink, { chunk: 4096 }), 1000);
  assert.ok(sink.bytes.subarray(0, 1000).equals(content.subarray(0, 1000)));
});

test('a download that failed tells how far it is without a gap, and goes on from there', async (context) => {
  let isBroken = true;
  const { sftp, path } = await stage(context, (file) => ({
    read: (into, position) => {
      if (isBroken && position === 40_960) throw new SftpError('failure');
      return file.read(into, position);
    },
  }));
  writeFileSync(path, content);
  const file = await sftp.open(path, ['read']);
  const sink = collector(content.length);
  let whole = 0;
  const progress = (bytes: number): void => void (whole = bytes);
  await assert.rejects(download(file, content.length, sink, { chunk: 4096, progress }), { code: 'failure' });
  assert.equal(whole, 40_960);
  sink.bytes.fill(0, whole);
  isBroken = false;
  assert.equal(
    await download(file, content.length, sink, { chunk: 4096, from: whole, progress }),
    content.length,
  );
  assert.equal(whole, content.length);
  assert.ok(sink.bytes.equals(content));
});

test('an upload that failed tells how far it is without a gap', async (context) => {
  const { sftp, path } = await stage(context, (file) => ({
    write: (bytes, position) => {
      if (position === 8192) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      return file.write(bytes, position);
    },
  }));
  const source = join(path, '..', 'source');
  writeFileSync(source, content);
  const fd = openSync(source, 'r');
  context.after(() => closeSync(fd));
  const file = await sftp.open(path, ['write', 'create']);
  let whole = 0;
  const read = (into: Uint8Array, position: number): number => readSync(fd, into, 0, into.length, position);
  const progress = (bytes: number): void => void (whole = bytes);
  await assert.rejects(upload(file, { read }, { chunk: 4096, progress }), { code: 'failure' });
  assert.equal(whole, 8192);
});

test('a transfer stops on its signal, when what is under way has been answered', async (context) => {
  const { sftp, path } = await stage(context);
  writeFileSync(path, content);
  const file = await sftp.open(path, ['read']);
  const controller = new AbortController();
  let whole = 0;
  const sink = collector(content.length);
  const progress = (bytes: number): void => {
    whole = bytes;
    if (bytes >= 8192) controller.abort();
  };
  const options = { chunk: 512, progress, signal: controller.signal };
  await assert.rejects(download(file, content.length, sink, options), { message: 'Interrupted' });
  assert.ok(whole >= 8192 && whole < content.length);
  assert.ok(sink.bytes.subarray(0, whole).equals(content.subarray(0, whole)));
  assert.equal((await file.read(0, 1)).length, 1);
});
