// Our transport with OpenSSH's client: every algorithm that both have, with new keys in between, also after a move to
// another process.
import { acceptLogin } from '@orrery/ssh';
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { commandServer, serveCommands } from './stage/commands.ts';
import { listen, runSsh } from './stage/ssh.ts';

const kexAlgorithms = [
  'sntrup761x25519-sha512@openssh.com',
  'curve25519-sha256',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
];
const ciphers = [
  'aes256-gcm@openssh.com',
  'aes128-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
  'aes256-ctr',
  'aes192-ctr',
];
const macs = [
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha2-256',
  'hmac-sha2-512',
];
const combinations = [
  ...kexAlgorithms.map((name) => ({ KexAlgorithms: name })),
  ...ciphers.map((name) => ({ KexAlgorithms: 'curve25519-sha256', Ciphers: name })),
  ...macs.map((name) => ({ KexAlgorithms: 'curve25519-sha256', Ciphers: 'aes128-ctr', MACs: name })),
  ...['aes128-gcm@openssh.com', 'aes128-ctr'].map((name) => ({
    KexAlgorithms: 'curve25519-sha256',
    Ciphers: name,
    Compression: 'yes',
  })),
];

const noise = randomBytes(500_000);
const data = Buffer.concat([noise, Buffer.alloc(500_000, 'orrery '), noise]);

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Sends the data there and back. */
async function demandEcho(port: number, options: Readonly<Record<string, string>>): Promise<string> {
  const args = Object.entries({ ...options, RekeyLimit: '400K' }).flatMap(([name, value]) => [
    '-o',
    `${name}=${value}`,
  ]);
  const run = await runSsh(port, [...args, '-v', '-o', 'LogLevel=DEBUG1', 'ann@127.0.0.1', 'cat'], {
    input: data,
  });
  assert.equal(run.code, 0, run.stderr);
  assert.equal(digest(run.stdout), digest(data));
  return run.stderr;
}

async function serveHere(stream: Duplex): Promise<void> {
  await serveCommands(await acceptLogin(stream, commandServer)).ended;
}

/** Hands the connection over to another process once the client is authenticated. */
async function serveElsewhere(socket: Duplex): Promise<void> {
  const { transport, user, steps } = await acceptLogin(socket, commandServer);
  const heir = fork(join(import.meta.dirname, 'stage/heir.ts'), { serialization: 'advanced' });
  await once(heir, 'spawn');
  const state = await transport.exportState();
  assert.ok(socket instanceof Socket);
  heir.send({ state, authenticated: { user, steps } }, socket);
  await once(heir, 'exit');
}

describe('Transport as server of OpenSSH 9.2', () => {
  for (const options of combinations)
    it(`carries data both ways through new keys by ${Object.values(options).join(' ')}`, async () => {
      const port = await listen((stream) => void serveHere(stream).catch(() => undefined));
      const log = await demandEcho(port, options);
      assert.ok(log.split('SSH2_MSG_NEWKEYS received').length > 4);
    });

  for (const options of [
    { Ciphers: 'aes256-gcm@openssh.com' },
    { Ciphers: 'chacha20-poly1305@openssh.com' },
    { Ciphers: 'aes128-ctr', MACs: 'hmac-sha2-256-etm@openssh.com' },
    { Ciphers: 'aes128-ctr', MACs: 'hmac-sha2-512' },
    { Ciphers: 'aes256-gcm@openssh.com', Compression: 'yes' },
  ])
    it(`goes on in another process, through new keys, by ${Object.values(options).join(' ')}`, async () => {
      const port = await listen((stream) => void serveElsewhere(stream).catch(() => undefined));
      const log = await demandEcho(port, { KexAlgorithms: 'curve25519-sha256', ...options });
      assert.ok(log.split('SSH2_MSG_NEWKEYS received').length > 4);
    });

  it('tells the client of its extensions', async () => {
    const port = await listen((stream) => void serveHere(stream).catch(() => undefined));
    const log = await demandEcho(port, {});
    assert.match(log, /kex_input_ext_info: server-sig-algs=<.*ssh-ed25519.*>/);
    assert.match(log, /kex_input_ext_info: publickey-hostbound@openssh.com=<0>/);
  });

  it('answers in plain words what is no client of SSH-2', async () => {
    const port = await listen((stream) => void serveHere(stream).catch(() => undefined));
    for (const [said, answer] of [
      ['GET / HTTP/1.1\r\n', 'Invalid SSH identification string.'],
      ['SSH-2.0\r\n', 'Invalid SSH identification string.'],
      ['SSH-1.5-old\r\n', 'Protocol major versions differ.'],
    ] as const) {
      const socket = connect(port, '127.0.0.1');
      socket.write(said);
      assert.equal(await text(socket), `SSH-2.0-Orrery_0.1\r\n${answer}\r\n`);
    }
  });
});
