// Strangers at the door of qsshd: many of them, slow ones, and those who would like to know who lives there.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectSocket, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { connect, publicKey, type Client } from '@orrery/ssh';
import { generatePrivateKey, parsePrivateKey, type KeySigner } from '@orrery/keys';
import { UGLY } from './stage/rude-server.ts';
import { startQsshd, type Qsshd } from '../interop/stage/qsshd.ts';

const place = mkdtempSync(join(tmpdir(), 'qsshd-strangers-'));
after(() => rmSync(place, { recursive: true, force: true }));

function start(name: string, config: readonly string[]): Promise<Qsshd> {
  const folder = join(place, name);
  mkdirSync(folder);
  return startQsshd(folder, config);
}

function dial({ port }: Qsshd): Socket {
  const socket = connectSocket(port, '127.0.0.1');
  socket.on('error', () => undefined);
  return socket;
}

async function firstLine(socket: Socket): Promise<string> {
  const [data] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [''])])) as [
    unknown,
  ];
  return String(data).split('\r\n')[0] ?? '';
}

function logIn(server: Qsshd, user: string, key: KeySigner): Promise<Client> {
  return connect(dial(server), {
    user,
    checkHostKey: () => undefined,
    authentication: [publicKey(key)],
  });
}

const ownKey = (server: Qsshd): KeySigner => parsePrivateKey(readFileSync(server.key)).signer();
const stranger = generatePrivateKey('ssh-ed25519', '').signer();

// All before the first test: when the tests that there are have ended, nothing else begins.
const crowded = await start('crowd', ['MaxStartups 5']);
const impatient = await start('patience', ['LoginGraceTime 2']);
const penalising = await start('penalties', [
  'PerSourcePenalties authfail:1000s noauth:1000s max:2000s min:5s',
]);
const crashing = await start('crashes', ['PerSourcePenalties crash:1000s noauth:1s max:2000s min:100s']);
const asked = await start('names', [
  'AllowUsers root daemon',
  'AuthorizedKeysFile /nonexistent/%u',
  'MaxAuthTries 20',
]);
const open = await start('environment', ['AcceptEnv LC_*']);

describe('a crowd', () => {
  it('is let in up to MaxStartups; the others are told so and cut off, until there is room again', async () => {
    const early = Array.from({ length: 5 }, () => dial(crowded));
    const lines = await Promise.all(early.map(firstLine));
    assert.deepEqual(
      lines,
      Array.from({ length: 5 }, () => 'SSH-2.0-Orrery_0.1'),
    );
    const late = Array.from({ length: 40 }, () => dial(crowded));
    const refused = await Promise.all(late.map(firstLine));
    assert.deepEqual(new Set(refused), new Set(['Exceeded MaxStartups']));
    for (const socket of early) socket.destroy();
    let client: Client | undefined;
    for (let tries = 0; client === undefined && tries < 50; tries += 1) {
      await sleep(100);
      client = await logIn(crowded, 'root', ownKey(crowded)).catch(() => undefined);
    }
    assert.ok(client);
    client.close();
  });

  it('that says nothing, or one byte at a time, is gone after LoginGraceTime', async () => {
    const [silent, slow] = [dial(impatient), dial(impatient)];
    const drip = setInterval(() => slow.write('S'), 100);
    silent.resume();
    slow.resume();
    await Promise.all([once(silent, 'close'), once(slow, 'close')]);
    clearInterval(drip);
    await impatient.logged('Timeout before authentication');
  });

  it('does not disturb whoever is logged in', async () => {
    const client = await logIn(crowded, 'root', ownKey(crowded));
    const flood = Array.from({ length: 100 }, () => dial(crowded));
    const session = await client.session();
    await session.exec('echo undisturbed');
    assert.equal(await text(session.stdout), 'undisturbed\n');
    for (const socket of flood) socket.destroy();
    client.close();
  });
});

describe('a naive server', () => {
  it('lets everybody in, and waits for those who say nothing', async () => {
    const naive = createServer((socket) => socket.on('error', () => undefined).write('SSH-2.0-naive\r\n'));
    naive.listen(0, '127.0.0.1');
    await once(naive, 'listening');
    const { port } = naive.address() as AddressInfo;
    const crowd = Array.from({ length: 45 }, () => connectSocket(port, '127.0.0.1'));
    const lines = await Promise.all(crowd.map(firstLine));
    assert.deepEqual(new Set(lines), new Set(['SSH-2.0-naive']));
    assert.ok(crowd.every((socket) => !socket.destroyed));
    for (const socket of crowd) socket.destroy();
    naive.close();
  });
});

describe('an address that guesses', () => {
  it('is not served for a while', async () => {
    await assert.rejects(logIn(penalising, 'root', stranger));
    await penalising.logged('Failed publickey');
    await isTurnedAway(penalising);
  });
});

describe('an address that has made a worker crash', () => {
  it('is not served for a while', async () => {
    const socket = dial(crashing);
    assert.equal(await firstLine(socket), 'SSH-2.0-Orrery_0.1');
    for (const child of childrenOf(crashing.pid))
      if (readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('--role\0worker'))
        process.kill(Number(child), 'SIGSEGV');
    await once(socket, 'close');
    await isTurnedAway(crashing);
  });
});

async function isTurnedAway(server: Qsshd): Promise<void> {
  let said = '';
  for (let tries = 0; said !== 'Not allowed at this time' && tries < 20; tries += 1) {
    const socket = dial(server);
    said = await firstLine(socket);
    socket.destroy();
    await sleep(50);
  }
  assert.equal(said, 'Not allowed at this time');
}

function childrenOf(listener: number): string[] {
  return readFileSync(`/proc/${listener}/task/${listener}/children`, 'utf8').trim().split(' ');
}

describe('a guest who asks for names', () => {
  /** What the server does in one login, as far as its kernel sees it: programs that it starts and files that it opens. */
  async function operations(user: string): Promise<Record<string, number>> {
    const trace = join(place, `trace-${user.replaceAll('/', '')}`);
    const tracer = spawn(
      'strace',
      [
        '-f',
        '-qq',
        '-e',
        'trace=execve,openat',
        '-o',
        trace,
        '-p',
        `${asked.pid},${waitingShell(asked.pid)},${reader(asked.pid)}`,
      ],
      {
        stdio: 'ignore',
      },
    );
    const traced = once(tracer, 'exit');
    await sleep(700);
    await assert.rejects(logIn(asked, user, stranger));
    await sleep(700);
    tracer.kill('SIGINT');
    await traced;
    const lines = readFileSync(trace, 'utf8').split('\n');
    const count = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
    return {
      getent: count(/execve\("\/usr\/bin\/getent"/),
      id: count(/execve\("\/usr\/bin\/id"/),
      authorized: count(/openat\(.*"\/nonexistent\//),
    };
  }

  /** It was started before its answer is needed, and no tracer of its parent follows it. */
  function waitingShell(listener: number): string {
    const shell = childrenOf(listener).find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sh\n');
    assert.ok(shell, 'a shell waits for the next name');
    return shell;
  }

  function reader(listener: number): string {
    const found = childrenOf(listener).find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--role\0reader'),
    );
    assert.ok(found, 'a process reads the files of users');
    return found;
  }

  it('causes the same operations whether or not there is such a user, and whether or not it may log in', async () => {
    const known = await operations('root');
    assert.deepEqual(known, { getent: 3, id: 1, authorized: 1 });
    for (const user of ['daemon', 'bin', 'nosuchuser', '../root'])
      assert.deepEqual(await operations(user), known, user);
  });
});

describe('a naive server, which asks no more once it knows', () => {
  it('causes fewer operations where there is no such user', () => {
    const operations = (user: string): number => {
      const trace = join(place, 'naive');
      const script =
        'getent passwd "$1" >/dev/null && getent shadow "$1" >/dev/null && cat "/nonexistent/$1"';
      const words = ['-f', '-qq', '-e', 'trace=execve', '-o', trace, 'sh', '-c', script, 'sh', user];
      spawnSync('strace', words, { stdio: 'ignore' });
      return readFileSync(trace, 'utf8').match(/execve\("\/usr\/bin/g)?.length ?? 0;
    };
    assert.equal(operations('root') - operations('nosuchuser'), 2);
  });
});

describe('a name that acts on a terminal, and has lines of its own', () => {
  const ACTS = /[^\P{C}\r\n]/u;
  const naive = (user: string): string => `Failed publickey for invalid user ${user} from ::1`;

  it('does so in a naive log', () => {
    assert.match(naive(UGLY), ACTS);
    assert.match(naive(UGLY), /^forged/m);
  });

  it('is escaped in the log', async () => {
    await assert.rejects(logIn(asked, UGLY, stranger));
    await asked.logged(String.raw`\u001b[2J`);
    assert.doesNotMatch(asked.log(), ACTS);
    assert.doesNotMatch(asked.log(), /^forged/m);
  });
});

describe('a user who sends variables', () => {
  it('can send only those that are named, and no second one inside of them', async () => {
    const client = await logIn(open, 'root', ownKey(open));
    const session = await client.session();
    const sent: Readonly<Record<string, string>> = {
      LD_PRELOAD: '/tmp/evil.so',
      PATH: '/tmp',
      BASH_ENV: '/tmp/evil',
      'LC_A=B': 'C',
      'LC_X\nPATH': '/tmp',
      LC_OK: 'line\nLD_PRELOAD=/tmp/evil.so',
      LC_NUL: 'a\0LD_PRELOAD=/tmp/evil.so',
    };
    for (const [name, value] of Object.entries(sent)) session.env(name, value);
    await session.exec('env -0');
    const variables = (await text(session.stdout)).split('\0');
    const names = variables.map((variable) => variable.split('=')[0] ?? '');
    for (const name of ['LD_PRELOAD', 'BASH_ENV', 'LC_A', 'LC_NUL']) assert.ok(!names.includes(name), name);
    assert.ok(variables.includes('LC_OK=line\nLD_PRELOAD=/tmp/evil.so'));
    assert.ok(!variables.includes('PATH=/tmp'));
    client.close();
  });
});
