// A user of the machine who means harm to the server: by what the own files are, by filling the machine, by names of groups.
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parsePrivateKey } from '@orrery/keys';
import { connect, publicKey } from '@orrery/ssh';
import { freePort } from '../interop/stage/free-port.ts';
import { makeEtc } from '../interop/stage/own-etc.ts';
import { QSSHD, startQsshd, type Qsshd } from '../interop/stage/qsshd.ts';
import { runSsh, type SshRun } from '../interop/stage/ssh.ts';

// Keys are read as the user, who has to reach them.
const folder = mkdtempSync('/run/orrery-users-');
after(() => rmSync(folder, { recursive: true, force: true }));
chmodSync(folder, 0o711);
const place = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path, { mode: 0o711 });
  return path;
};

const etc = makeEtc(folder, { mallory: { home: place('home') } });
appendFileSync(join(etc.path, 'group'), 'not wheel:x:61500:mallory\nwheel:x:61501:\n');

const keys = place('keys');
const server = await startQsshd(place('files'), [`AuthorizedKeysFile ${keys}/%u`, 'StrictModes yes']);
const full = await startQsshd(place('full'));
const waiting = await startQsshd(place('waiting'), ['LoginGraceTime 5', 'MaxStartups 1:100:1']);
const grouped = await startQsshd(
  place('groups'),
  ['AcceptEnv NODE_AUTH_TOKEN'],
  [
    `Match Address 127.0.0.4`,
    `ChrootDirectory ${place('jail')}`,
    'Match Address 127.0.0.2',
    'AllowGroups wheel',
    'Match Address 127.0.0.3',
    'AllowGroups not?wheel',
  ],
  etc.prefix,
);

function logIn(
  { key, port }: Pick<Qsshd, 'key' | 'port'>,
  user: string,
  from = '127.0.0.1',
): Promise<SshRun> {
  const identity = ['-i', key, '-o', 'IdentitiesOnly=yes', '-b', from];
  return runSsh(port, [...identity, `${user}@127.0.0.1`, 'echo in']);
}

async function isIn(of: Pick<Qsshd, 'key' | 'port'>, user: string, from?: string): Promise<boolean> {
  return (await logIn(of, user, from)).stdout.toString() === 'in\n';
}

/** Something of the user's own in the place of the user's keys. */
function plant(make: (path: string) => void): void {
  const path = join(keys, 'root');
  rmSync(path, { recursive: true, force: true });
  make(path);
}

describe('the keys of a user', () => {
  it('are not read from a pipe, a device, a folder or a file without an end', async () => {
    const plants: readonly ((path: string) => void)[] = [
      (path) => execFileSync('mkfifo', [path]),
      (path) => symlinkSync('/dev/zero', path),
      (path) => mkdirSync(path),
      (path) => {
        writeFileSync(path, `${server.keyLine}\n`);
        truncateSync(path, 2 ** 30);
      },
    ];
    for (const make of plants) {
      plant(make);
      assert.equal(await isIn(server, 'root'), false);
    }
    plant((path) => writeFileSync(path, `${server.keyLine}\n`));
    assert.equal(await isIn(server, 'root'), true);
  });

  it('are not read from /proc, whose files are longer than they say, and may wait for another process', async () => {
    const owner = spawn('sleep', ['60'], { env: { KEYS: `\n${server.keyLine}\n` }, stdio: 'ignore' });
    try {
      const file = `/proc/${owner.pid}/environ`;
      plant((path) => symlinkSync(file, path));
      assert.equal(await isIn(server, 'root'), false);
      // A naive server reads to the end, of which there is none in /proc/PID/pagemap.
      assert.equal(statSync(file).size, 0);
      assert.ok(readFileSync(file, 'utf8').includes(server.keyLine));
    } finally {
      owner.kill();
    }
  });
});

/** Lets calls of the server fail until what is returned is called. */
async function fail(pid: number, calls: string, error: string): Promise<() => Promise<void>> {
  const args = ['-o', '/dev/null', '-p', String(pid), '-e', `trace=${calls}`];
  const strace: ChildProcess = spawn('strace', [...args, '-e', `inject=${calls}:error=${error}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(strace, 'exit');
  if (strace.stderr !== null) await once(strace.stderr, 'data'); // attached
  return async () => {
    strace.kill('SIGINT');
    await ended;
  };
}

describe('a machine that a user has filled', () => {
  for (const error of ['EAGAIN', 'ENOMEM'])
    it(`keeps the server from starting a process (${error}) only as long as it is full`, async () => {
      assert.equal(await isIn(full, 'root'), true, full.log());
      const empty = await fail(full.pid, 'clone,clone3,fork,vfork', error);
      // All that wait are used up.
      for (let login = 0; login < 6; login += 1) await logIn(full, 'root');
      assert.equal(await isIn(full, 'root'), false);
      await empty();
      for (let login = 0; login < 5; login += 1) assert.equal(await isIn(full, 'root'), true, full.log());
    });

  for (const flags of [['-e'], ['-E', '/dev/full']])
    it(`has no room for the log (${flags.join(' ')}), and the server goes on`, async () => {
      assert.throws(() => appendFileSync('/dev/full', 'a line'), { code: 'ENOSPC' }); // which ends a naive server
      const port = await freePort();
      const errors = openSync('/dev/full', 'w');
      const args = [QSSHD, '-D', ...flags, '-f', full.config, '--listen', `127.0.0.1:${port}`];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', errors] });
      closeSync(errors);
      const ended = once(child, 'exit').then(() => true);
      try {
        let isServed = false;
        while (!isServed) {
          isServed = await isIn({ key: full.key, port }, 'root');
          assert.equal(child.exitCode, null);
        }
        assert.equal(await isIn({ key: full.key, port }, 'root'), true);
      } finally {
        child.kill();
        await ended;
      }
    });
});

describe('a directory of accounts that does not answer', () => {
  it('keeps nobody out for longer than LoginGraceTime', async () => {
    const children = readFileSync(`/proc/${waiting.pid}/task/${waiting.pid}/children`, 'utf8')
      .trim()
      .split(' ');
    const shell = children.find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sh\n');
    assert.ok(shell !== undefined, 'a shell asks the directory');
    process.kill(Number(shell), 'SIGSTOP');
    try {
      assert.equal(await isIn(waiting, 'root'), false);
      await waiting.logged('Timeout before authentication');
      let tries = 0;
      while (!(await isIn(waiting, 'root'))) assert.ok((tries += 1) < 20);
    } finally {
      process.kill(Number(shell), 'SIGCONT');
    }
  });
});

describe('a group whose name has a space in it', () => {
  it('is not the group that it ends with', async () => {
    const words = execFileSync('unshare', [...etc.prefix.slice(1), 'id', '-Gn', 'mallory'], {
      encoding: 'utf8',
    });
    assert.ok(words.trim().split(' ').includes('wheel')); // to a naive server
    assert.equal(await isIn(grouped, 'mallory', '127.0.0.2'), false);
    assert.equal(await isIn(grouped, 'mallory', '127.0.0.3'), true);
  });
});

describe('a secret in a variable that Node.js would take for its own', () => {
  it('is not among the arguments of a process, which everybody sees', async () => {
    // Whoever runs ~/.ssh/rc, and whoever started that.
    const see =
      'p=$PPID; for n in 1 2; do tr "\\0" " " </proc/$p/cmdline; p=$(cut -d " " -f 4 /proc/$p/stat); done';
    mkdirSync(join(folder, 'home', '.ssh'));
    writeFileSync(join(folder, 'home', '.ssh', 'rc'), `${see}\necho\n`);
    const args = ['-tt', '-i', grouped.key, '-o', 'IdentitiesOnly=yes', '-o', 'SendEnv=NODE_AUTH_TOKEN'];
    const command = 'echo "it is $NODE_AUTH_TOKEN${QSSHD_KEPT_VARIABLES}."';
    const { stdout } = await runSsh(grouped.port, [...args, 'mallory@127.0.0.1', command], {
      env: { NODE_AUTH_TOKEN: 'kept-from-all' },
    });
    const [seen = '', told] = stdout.toString().split('\r\n');
    assert.match(seen, /--role terminal/);
    assert.doesNotMatch(seen, /kept-from-all/);
    assert.equal(told, 'it is kept-from-all.');
  });
});

describe('a terminal below another root', () => {
  it('has no process of the user outside, which those inside could trace', async () => {
    const trace = join(folder, 'trace');
    const args = ['-f', '-o', trace, '-e', 'trace=execve,setuid', '-p', String(grouped.pid)];
    const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = once(strace, 'exit');
    await once(strace.stderr, 'data'); // attached
    strace.stderr.resume();
    const client = await connect(connectSocket({ port: grouped.port, localAddress: '127.0.0.4' }), {
      user: 'mallory',
      checkHostKey: () => undefined,
      authentication: [publicKey(parsePrivateKey(readFileSync(grouped.key)).signer())],
    });
    const session = await client.session();
    await session.pty({ term: 'vt100', columns: 80, rows: 24, width: 0, height: 0, modes: { ECHO: 0 } });
    await session.shell();
    assert.deepEqual(await session.exit, { code: 255 }); // there is no shell
    client.close();
    strace.kill('SIGINT');
    await ended;
    const lines = readFileSync(trace, 'utf8').split('\n');
    const pid = /^\d+/.exec(lines.find((line) => line.includes('execve("/bin/stty"')) ?? '')?.[0] ?? 'none';
    const calls = lines
      .filter((line) => line.startsWith(`${pid} `))
      .map((line) => line.replace(/^\d+ +(\w*).*/, '$1'));
    assert.deepEqual(
      calls.filter((call) => call === 'execve' || call === 'setuid'),
      ['execve'],
    );
  });
});
