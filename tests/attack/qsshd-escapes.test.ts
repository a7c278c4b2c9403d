// A worker of qsshd that is taken over by what it reads from the network, and wants to get at the machine: at files, other
// processes and the network. It can do no more than speak with the client that it has, and ask the monitor.
import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { encode, Writer } from '@orrery/bytes';
import { parsePrivateKey } from '@orrery/keys';
import { question } from '../../apps/qssh/src/qsshd/protocol.ts';
import { startHostile } from './stage/hostile-server.ts';
import { escapes } from './stage/worker-escapes.ts';

const run = promisify(execFile);
const place = mkdtempSync(join(tmpdir(), 'qsshd-escapes-'));
after(() => rmSync(place, { recursive: true, force: true }));
const listener = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
await once(listener, 'listening');
after(() => listener.close());
const port = String((listener.address() as AddressInfo).port);
const server = await startHostile(false);

/** The processes of the server, by their part. */
function parts(name: string): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        const parent = / (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) ./s, ''))?.[1];
        return Number(parent) === server.pid && words[words.indexOf('--role') + 1] === name;
      } catch {
        return false; // it has ended
      }
    });
}

const [signer = 0] = parts('signer');

/** What each attempt is tried with, and how it ends for a worker. */
const attempts: Readonly<Record<string, readonly [argument: string, failure: string]>> = {
  readFile: [join(server.folder, 'host'), 'ERR_ACCESS_DENIED'],
  listFolder: ['/', 'ERR_ACCESS_DENIED'],
  writeFile: [join(place, 'file'), 'ERR_ACCESS_DENIED'],
  readLink: ['', 'ERR_ACCESS_DENIED'],
  seeFile: ['', 'ERR_ACCESS_DENIED'],
  watchFolder: ['', 'ERR_ACCESS_DENIED'],
  database: [join(place, 'database'), 'NO_MODULE'],
  heapSnapshot: [join(place, 'heap'), 'ERR_ACCESS_DENIED'],
  report: [join(place, 'report'), 'ERR_ACCESS_DENIED'],
  exec: ['', 'ERR_ACCESS_DENIED'],
  execLater: ['', 'ERR_ACCESS_DENIED'],
  fork: ['', 'ERR_ACCESS_DENIED'],
  execve: ['', 'ERR_ACCESS_DENIED'],
  thread: ['', 'ERR_ACCESS_DENIED'],
  webAssembly: ['', 'ERR_ACCESS_DENIED'],
  addon: ['', 'ERR_DLOPEN_DISABLED'],
  foreignCode: ['', 'ERR_ACCESS_DENIED'],
  debugger: ['', 'ERR_ACCESS_DENIED'],
  debugSession: ['', 'ERR_ACCESS_DENIED'],
  listen: ['', 'ERR_ACCESS_DENIED'],
  listenLocally: ['', 'ERR_ACCESS_DENIED'],
  connect: [port, 'ERR_ACCESS_DENIED'],
  connectLocally: ['', 'ERR_ACCESS_DENIED'],
  datagram: ['', 'ERR_ACCESS_DENIED'],
  http: [port, 'ERR_ACCESS_DENIED'],
  name: ['', 'ERR_ACCESS_DENIED'],
  becomeRoot: ['', 'EPERM'],
  priority: [String(server.pid), 'ERR_SYSTEM_ERROR'],
  terminate: [String(server.pid), 'EPERM'],
  awaken: [String(signer), 'EPERM'],
  becomeServices: ['', 'EPERM'],
};

describe('a worker that is taken over', () => {
  it('gets nowhere by what Node.js has', async () => {
    assert.deepEqual(
      Object.keys(attempts).toSorted(),
      Object.keys(escapes)
        .filter((name) => name !== 'speak')
        .toSorted(),
    );
    const orders = Object.entries(attempts).map(
      ([name, [argument]]) => ({ kind: 'escape', name, argument }) as const,
    );
    const outcomes = await server.command(orders);
    assert.deepEqual(
      outcomes.map(({ done, failed }, at) => [orders[at]?.name, done ?? failed]),
      Object.entries(attempts).map(([name, [, failure]]) => [name, failure]),
    );
    assert.deepEqual(readdirSync(place), []);
  });

  it('has an id that no other process has, and no files, so that it gets nowhere without Node.js either', async () => {
    const [one = 0, other = 0] = parts('worker');
    const own = `/proc/${one}`;
    const { uid } = statSync(own);
    assert.equal(uid, 1_879_048_192 + one);
    assert.equal(readlinkSync(join(own, 'root')), join(own, 'fdinfo'));
    for (const victim of [server.pid, signer, other])
      assert.deepEqual(await attack(victim, { uid, gid: statSync(`/proc/${one}`).gid }), [
        'SIGTERM EPERM',
        'SIGUSR1 EPERM',
        'mem EACCES',
        'environ EACCES',
        'fd EACCES',
      ]);
  });

  it('writes no line of the log', async () => {
    await server.command([
      { kind: 'escape', name: 'speak', argument: '\nAccepted publickey for root\x1b[2J\n' },
    ]);
    await server.logged('Accepted publickey for root');
    assert.doesNotMatch(server.log(), /^Accepted/m);
    assert.doesNotMatch(server.log(), /\x1b/);
  });
});

/** What a program of that user can do to a process. */
async function attack(pid: number, identity: { uid: number; gid: number }): Promise<string[]> {
  const code = `
    const { openSync, readdirSync } = require('node:fs');
    const attempt = (name, act) => { try { act(); console.log(name); } catch (error) { console.log(name, error.code); } };
    attempt('mem', () => openSync('/proc/${pid}/mem', 'r'));
    attempt('environ', () => openSync('/proc/${pid}/environ', 'r'));
    attempt('fd', () => readdirSync('/proc/${pid}/fd'));
    process.stdout.write('');
    for (const signal of ['SIGTERM', 'SIGUSR1']) attempt(signal, () => process.kill(${pid}, signal));`;
  const { stdout } = await run(process.execPath, ['-e', code], { ...identity, cwd: '/' });
  const [mem = '', environ = '', fd = '', ...signals] = stdout.trim().split('\n');
  return [...signals, mem, environ, fd];
}

describe('a signal that makes Node.js open a debugger', () => {
  const debuggers = (text: string): boolean => text.includes('Debugger listening');

  it('works on a naive process', async () => {
    const naive = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log()'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    after(() => naive.kill());
    await once(naive.stdout, 'data');
    assert.ok(debuggers(await awakened(naive)));
  });

  it('is passed over by every process of the server', async () => {
    const pids = [server.pid, ...['signer', 'worker', 'session'].flatMap(parts)];
    assert.ok(pids.length >= 6);
    for (const pid of pids) process.kill(pid, 'SIGUSR1');
    // All of them have to do something.
    const lists = Uint8Array.of(20);
    const key = parsePrivateKey(readFileSync(join(server.folder, 'host'))).signer().publicKey;
    const input = new Writer().text('SSH-2.0-a').text('SSH-2.0-b').string(lists).string(lists).string(key);
    for (const part of [lists, lists, lists]) input.string(part);
    const asked = encode(question, {
      kind: 'sign',
      algorithm: 'ssh-ed25519',
      input: input.finish(),
      hashLength: 32,
    });
    const orders = [{ kind: 'ask', question: asked.toBase64() }] as const;
    const answers = await Promise.all(Array.from({ length: 8 }, () => server.command(orders)));
    assert.ok(answers.flat().some(({ done }) => done === 'signature'));
    assert.ok(!debuggers(server.log()));
  });
});

/** What a process says when it gets the signal. */
async function awakened(child: ChildProcess): Promise<string> {
  child.kill('SIGUSR1');
  const [text] = (await once(child.stderr ?? child, 'data')) as [unknown];
  return String(text);
}

describe('a naive worker that is taken over', () => {
  it('does all that, being root', async () => {
    const naive = await startHostile(true);
    const outcomes = await naive.command([
      { kind: 'escape', name: 'readFile', argument: join(naive.folder, 'host') },
      { kind: 'escape', name: 'becomeRoot', argument: '' },
    ]);
    assert.match(outcomes[0]?.done ?? '', /OPENSSH PRIVATE KEY/);
    assert.equal(outcomes[1]?.failed, undefined);
  });

  it('does it without the permission model', async () => {
    const victim = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    after(() => victim.kill());
    const impossible = ['addon', 'connectLocally', 'execve', 'fork'];
    const tried = Object.entries(attempts).filter(([name]) => !impossible.includes(name));
    const args = tried.flatMap(([name, [argument]]) => [
      name,
      ['priority', 'terminate', 'awaken'].includes(name) ? String(victim.pid) : argument,
    ]);
    const program = join(import.meta.dirname, 'stage/worker-escapes.ts');
    const { stdout } = await run(process.execPath, ['--no-warnings', program, ...args], { cwd: place });
    const worked = stdout
      .trim()
      .split('\n')
      .filter((line) => Object.hasOwn(escapes, line));
    assert.deepEqual(
      worked,
      tried.map(([name]) => name),
    );
  });
});
