// What strangers cost the whole server: the memory of the workers that they keep busy, beside that of a worker that waits.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectSocket, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { encodeExtensions } from '../../packages/ssh/src/transport/extensions.ts';
import { encodeMessage, ping } from '../../packages/ssh/src/transport/messages.ts';
import { startQsshd } from '../interop/stage/qsshd.ts';
import { SshPeer } from './stage/ssh-transport-peer.ts';

const MIB = 1024 * 1024;
/** As many as may be without a login; the default of MaxStartups is 100. */
const STRANGERS = 4;
const LENGTH = 256 * 1024;
/** More than any server should take of a stranger, in bytes. */
const LOAD = 128 * MIB;

const place = mkdtempSync(join(tmpdir(), 'qsshd-memory-'));
after(() => rmSync(place, { recursive: true, force: true }));
mkdirSync(join(place, 'server'));
const server = await startQsshd(join(place, 'server'), [`MaxStartups ${STRANGERS}`]);

/** Memory that a process has for itself, in bytes. */
function ownMemory(pid: number): number {
  const [, kilobytes] = /^RssAnon:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

function workers(): number[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const parent = Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
      return parent === server.pid && words[words.indexOf('--role') + 1] === 'worker' ? [Number(pid)] : [];
    } catch {
      return []; // no process, or not any more
    }
  });
}

/** Makes a connection hold as much as a stranger can: answers that are not read, and a packet that lacks its last byte. */
async function burden(socket: Socket): Promise<void> {
  const peer = new SshPeer(socket, { isClient: true });
  const { sealer } = await peer.exchangeKeys();
  const many = Array.from({ length: 31 }, (_, index) => [`${index}`, new Uint8Array(8000)] as const);
  peer.send(encodeExtensions(new Map(many)));
  socket.pause();
  for (let left = 220; left > 0; left -= 1) peer.send(encodeMessage(ping, { data: new Uint8Array(32_000) }));
  const announced = new Uint8Array(16);
  new DataView(announced.buffer).setUint32(0, LENGTH);
  peer.sendPacket(sealer, announced);
  for (let left = LENGTH - 10; left > 0; left -= 100) socket.write(new Uint8Array(100));
}

/** Waits until no more goes out: all has gone, or nobody takes it. */
async function settled(sockets: readonly Socket[]): Promise<void> {
  const left = (): string =>
    sockets.map(({ bytesWritten, writableLength }) => bytesWritten - writableLength).join();
  for (let same = 0, last = left(); same < 10; same = left() === last ? same + 1 : 0) {
    last = left();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function dial(port: number): Socket {
  const socket = connectSocket(port, '127.0.0.1');
  socket.on('error', () => undefined);
  after(() => socket.destroy());
  return socket;
}

describe('a stranger who does the worst', () => {
  it('costs a worker less than 64 MiB more than one who waits, and the server little', async () => {
    const idle = Math.max(...workers().map(ownMemory));
    const former = ownMemory(server.pid);
    const sockets = Array.from({ length: STRANGERS }, () => dial(server.port));
    await Promise.all(sockets.map(burden));
    await settled(sockets);
    const busy = workers().map(ownMemory);
    assert.ok(busy.length >= STRANGERS);
    assert.ok(idle < 64 * MIB, `${idle} bytes`);
    for (const each of busy) assert.ok(each - idle < 64 * MIB, `${idle}, then ${busy.join()} bytes`);
    assert.ok(ownMemory(server.pid) - former < 32 * MIB);
    for (const socket of sockets) socket.destroy();
  });

  it('is cut off when it goes on', async () => {
    let socket = dial(server.port);
    for (let answered = false; !answered;) {
      // Until those before have gone.
      answered = await new Promise((resolve) => {
        socket.once('data', (data) => resolve(String(data).startsWith('SSH-')));
        socket.once('close', () => resolve(false));
      });
      if (!answered) socket = dial(server.port);
    }
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.resume().write('SSH-2.0-x\r\n');
    const ignored = Buffer.concat([Buffer.from([0, 0, 0x7f, 0xfc, 4, 2]), Buffer.alloc(0x7ffc - 2)]);
    for (let sent = 0; sent < LOAD && socket.writable; sent += ignored.length) {
      socket.write(ignored);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ended;
    assert.ok(socket.bytesWritten < LOAD);
  });
});

describe('a naive server, which keeps what comes', () => {
  it('has all of it in its memory', async () => {
    const code = `require('node:net').createServer((socket) => { const all = []; socket.on('data', (data) => all.push(data)); })
      .listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;
    const naive = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    after(() => naive.kill());
    const [line] = (await once(naive.stdout, 'data')) as [unknown];
    const former = ownMemory(naive.pid ?? 0);
    const socket = dial(Number(line));
    await new Promise((resolve) => socket.write(new Uint8Array(LOAD), resolve));
    assert.ok(ownMemory(naive.pid ?? 0) - former > LOAD / 2);
  });
});
