// Files of a user that take long to be read, or for ever: a home of another machine that is gone, or a file system of the
// user's own. Here it is the process that reads them which is stopped, as it would be there.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { askOver } from '../../apps/qssh/src/qsshd/asking.ts';
import {
  fileAnswer,
  fileRequest,
  type FileAnswer,
  type FileRequest,
} from '../../apps/qssh/src/qsshd/reader/file-request.ts';
import { makeEtc } from '../interop/stage/own-etc.ts';
import { QSSHD, startQsshd } from '../interop/stage/qsshd.ts';
import { runSsh } from '../interop/stage/ssh.ts';

const folder = mkdtempSync('/run/orrery-readers-');
after(() => rmSync(folder, { recursive: true, force: true }));
chmodSync(folder, 0o711);
const keys = join(folder, 'keys');
mkdirSync(keys, { mode: 0o711 });

const etc = makeEtc(folder, { mallory: {} });
const server = await startQsshd(folder, [`AuthorizedKeysFile ${keys}/%u`], [], etc.prefix);
for (const user of ['root', 'mallory']) writeFileSync(join(keys, user), `${server.keyLine}\n`);

async function isIn(user: string): Promise<boolean> {
  const words = ['-i', server.key, '-o', 'IdentitiesOnly=yes', `${user}@127.0.0.1`, 'echo in'];
  return (await runSsh(server.port, words)).stdout.toString() === 'in\n';
}

/** The processes of the server that read users' files. */
function readers(listener = server.pid): number[] {
  const children = readFileSync(`/proc/${listener}/task/${listener}/children`, 'utf8').trim().split(' ');
  const isReader = (pid: string): boolean =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--role\0reader');
  return children.filter(isReader).map(Number);
}

function theReader(): number {
  const [reader] = readers();
  assert.ok(reader !== undefined, 'a process reads files');
  return reader;
}

describe('files of a user that do not answer', () => {
  it('keep nobody else waiting, and the user only as long', async () => {
    assert.equal(await isIn('mallory'), true);
    const reader = theReader();
    process.kill(reader, 'SIGSTOP');
    let isAnswered = false;
    const slow = isIn('mallory').then((outcome) => {
      isAnswered = true;
      return outcome;
    });
    try {
      await server.logged(`File "${keys}/mallory" takes long to be read`);
      for (let login = 0; login < 3; login += 1) assert.equal(await isIn('root'), true);
      assert.equal(isAnswered, false);
      assert.equal(readers().length, 2);
    } finally {
      process.kill(reader, 'SIGCONT');
    }
    assert.equal(await slow, true);
    assert.equal(await isIn('mallory'), true); // by the same process, which is there for this user now
  });

  it('are asked for by one process, however often the user tries', async () => {
    const [first, second] = readers();
    assert.ok(first !== undefined && second !== undefined);
    for (const pid of [first, second]) process.kill(pid, 'SIGSTOP');
    const tries = Array.from({ length: 5 }, () => isIn('mallory'));
    try {
      tries.push(isIn('root'));
      await server.logged(`File "${join(keys, 'root')}" takes long to be read`);
      assert.equal(await isIn('nosuchuser'), false); // which is looked up like everybody
      assert.equal(readers().length, 3);
    } finally {
      for (const pid of [first, second]) process.kill(pid, 'SIGCONT');
    }
    assert.deepEqual(new Set(await Promise.all(tries)), new Set([true]));
  });
});

describe('a process that reads files', () => {
  it('is replaced once it is gone', async () => {
    for (const pid of readers()) process.kill(pid, 'SIGKILL');
    while (!(await isIn('root'))) assert.equal(server.log().includes('Cannot'), false);
    assert.equal(await isIn('mallory'), true);
  });
});

describe('a server that ends', () => {
  it('leaves no process behind that hangs', async () => {
    const place = mkdtempSync(join(folder, 'ends-'));
    const other = await startQsshd(place, [], [], etc.prefix);
    const words = ['-i', other.key, 'mallory@127.0.0.1', 'true'];
    await runSsh(other.port, words); // it reads
    const [reader] = readers(other.pid);
    assert.ok(reader !== undefined);
    process.kill(reader, 'SIGSTOP');
    try {
      const login = runSsh(other.port, words);
      await other.logged('takes long to be read');
      await other.stop();
      for (let tries = 0; tries < 500 && isThere(reader); tries += 1) await pause(10);
      assert.equal(isThere(reader), false);
      await login;
    } finally {
      if (isThere(reader)) process.kill(reader, 'SIGKILL');
    }
  });
});

/** Whether it has not been ended. */
function isThere(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a naive server, with one process for all files', () => {
  it('answers nobody', async () => {
    const child = spawn(process.execPath, [QSSHD, '--role', 'reader'], {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    });
    const pipe = Array.from(child.stdio)[3];
    assert.ok(pipe instanceof Socket);
    const stream = pipe;
    const answers: FileAnswer[] = [];
    stream.on('data', () => undefined);
    await once(stream, 'data'); // it is ready
    const naive = askOver<FileRequest, FileAnswer>(stream, fileRequest, fileAnswer, () => undefined);
    const ask = (name: string): Promise<unknown> =>
      naive
        .ask({
          kind: 'lines',
          path: join(keys, name),
          uid: 0,
          gid: 0,
          home: '/',
          isStrict: false,
          wanted: { kind: 'principal', names: ['nobody'] },
        })
        .then((answer) => answers.push(answer));
    process.kill(child.pid ?? 0, 'SIGSTOP');
    const asked = ['mallory', 'root'].map(ask);
    while (!(await isIn('root'))); // the real one does meanwhile
    assert.deepEqual(answers, []);
    process.kill(child.pid ?? 0, 'SIGCONT');
    await Promise.all(asked);
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['lines', 'lines'],
    );
    await naive.end();
    child.kill();
  });
});
