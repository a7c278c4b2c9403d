// 1 GiB each way with new keys every 16 MiB, between our programs and OpenSSH's of two Debians.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, copyFileSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { after, suite, test } from 'node:test';
import { startSshd } from '../e2e/stage/sshd.ts';
import { makeFolder } from '../interop/stage/folder.ts';
import { startQsshd } from '../interop/stage/qsshd.ts';
import { debian13, makeShared } from './debian-13.ts';

const MIB = 2 ** 20;
const QSSH = join(import.meta.dirname, '../../bin/qssh');

const folder = makeFolder();
const shared = makeShared();
const { path: source, hash } = makeSource();
const qsshd = await startQsshd(folder, ['RekeyLimit 16M']);
const sshd = await startSshd(join(folder, 'sshd'), `${qsshd.keyLine}\n`, ['RekeyLimit 16M']);
after(() => sshd.stop());
copyFileSync(qsshd.key, join(shared.here, 'key'));

/** A file of 1 GiB in which no block is like another. */
function makeSource(): { readonly path: string; readonly hash: string } {
  const path = join(folder, 'source');
  const file = openSync(path, 'wx');
  const digest = createHash('sha256');
  for (let written = 0; written < 1024; written++) {
    const block = randomBytes(MIB);
    digest.update(block);
    writeSync(file, block);
  }
  closeSync(file);
  return { path, hash: digest.digest('hex') };
}

const way = (key: string, port: number): string[] => [
  '-F',
  'none',
  ...['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes', 'RekeyLimit=16M'].flatMap(
    (setting) => ['-o', setting],
  ),
  '-i',
  key,
  '-p',
  String(port),
  'root@127.0.0.1',
];

const pairs: readonly (readonly [string, readonly string[]])[] = [
  ['qssh and sshd 9.2', [QSSH, ...way(qsshd.key, sshd.port)]],
  ['ssh 9.2 and qsshd', ['/usr/bin/ssh', ...way(qsshd.key, qsshd.port)]],
  [
    'ssh 10.0 and qsshd',
    ['chroot', debian13(), '/usr/bin/ssh', ...way(join(shared.there, 'key'), qsshd.port)],
  ],
  ['qssh and qsshd', [QSSH, ...way(qsshd.key, qsshd.port)]],
];

for (const [names, [program = '', ...words]] of pairs)
  suite(`1 GiB between ${names} arrives as it was, with new keys every 16 MiB`, () => {
    test('from the server', async () => {
      const client = spawn(program, [...words, `cat ${source}`], { stdio: ['ignore', 'pipe', 'inherit'] });
      const digest = createHash('sha256');
      await pipeline(client.stdout, digest);
      assert.equal(digest.digest('hex'), hash);
    });

    test('to the server', async () => {
      const input = openSync(source, 'r');
      const client = spawn(program, [...words, 'sha256sum'], { stdio: [input, 'pipe', 'inherit'] });
      closeSync(input);
      const answer = await new Response(client.stdout).text();
      assert.equal(answer, `${hash}  -\n`);
    });
  });
