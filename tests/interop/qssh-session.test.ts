import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, createAccount } from './stage/qssh-account.ts';

let account: Account;

before(async () => {
  account = await createAccount(['AcceptEnv LC_* QSSH_*', 'Subsystem echo /bin/cat', 'Banner none']);
});

after(() => account.end());

test('qssh runs a command and keeps its output, its errors and its status apart', async () => {
  const ended = await account.run([...account.way, 'echo out; echo err >&2; exit 7']);
  assert.deepEqual(ended, { code: 7, stdout: 'out\n', stderr: 'err\n' });
});

test('qssh sends standard input and its end, and goes on listening', async () => {
  const ended = await account.run([...account.way, 'cat; echo done'], 'line\n');
  assert.deepEqual(ended, { code: 0, stdout: 'line\ndone\n', stderr: '' });
});

test('qssh -n sends nothing', async () => {
  const ended = await account.run(['-n', ...account.way, 'cat; echo done'], 'line\n');
  assert.deepEqual(ended, { code: 0, stdout: 'done\n', stderr: '' });
});

test('qssh carries bytes of every value, both ways, and much of them', async () => {
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 7919) >> 5);
  const there = await account.run([...account.way, 'sha256sum'], bytes);
  const back = await account.run([...account.way, 'tee /dev/stderr 2>/dev/null | sha256sum'], bytes);
  assert.match(there.stdout, /^[\da-f]{64} {2}-\n$/);
  assert.equal(back.stdout, there.stdout);
});

test('qssh sends a file, with new keys on the way', async () => {
  const file = join(account.home, 'file');
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 7919) >> 5);
  writeFileSync(file, bytes);
  const words = ['-oRekeyLimit=1M', ...account.way, 'cat'];
  const { stdout } = await account.pipe(words, 'sha256sum', file);
  assert.equal(stdout, `${createHash('sha256').update(bytes).digest('hex')}  -\n`);
});

test('qssh does not wait for the rest of a file that nobody reads', async () => {
  const file = join(account.home, 'endless');
  writeFileSync(file, '');
  truncateSync(file, 2 ** 40);
  const { stdout } = await account.pipe([...account.way, 'exec <&-; echo done'], 'cat', file);
  assert.equal(stdout, 'done\n');
});

test('qssh exits with 255 when the program was ended by a signal, as ssh does', async () => {
  const { code } = await account.run([...account.way, 'kill -TERM $$']);
  assert.equal(code, 255);
});

test('qssh exits with 255 and says why when nobody listens', async () => {
  const ended = await account.run(['-p', '1', '127.0.0.1', 'true']);
  assert.deepEqual(ended, {
    code: 255,
    stdout: '',
    stderr: 'qssh: connect to host 127.0.0.1 port 1: Connection refused\n',
  });
});

test('qssh takes the command of -c behind the destination, and user@host:port, as its ancestor did', async () => {
  const { user, sshd } = account;
  const ended = await account.run([`${user}@127.0.0.1:${sshd.port}`, '-c', 'echo "$SSH_CONNECTION" | wc -w']);
  assert.deepEqual(ended, { code: 0, stdout: '4\n', stderr: '' });
});

test('qssh sends variables by SendEnv and SetEnv', async () => {
  const ended = await account.run([
    '-o',
    'SendEnv LC_QSSH',
    '-o',
    'SetEnv QSSH_A="b c"',
    ...account.way,
    'echo "$LC_QSSH $QSSH_A"',
  ]);
  assert.equal(ended.stdout, 'from here b c\n');
});

test('qssh -s runs a subsystem, and says so when there is none', async () => {
  assert.equal((await account.run(['-s', ...account.way, 'echo'], 'hi')).stdout, 'hi');
  const ended = await account.run(['-s', ...account.way, 'nothing']);
  assert.deepEqual(ended, { code: 255, stdout: '', stderr: 'subsystem request failed on channel 0\n' });
});

test('qssh stops a program whose output nobody reads', async () => {
  const ended = await account.pipe([...account.way, 'yes'], 'head -1');
  assert.deepEqual(ended, { code: 0, stdout: 'y\n', stderr: '' });
});

test('qssh says why ProxyCommand led nowhere', async () => {
  const ended = await account.run(['-o', 'ProxyCommand false', ...account.way, 'true']);
  assert.equal(ended.code, 255);
  assert.match(ended.stderr, /^qssh: connection to 127\.0\.0\.1: Cannot go on: /);
});

test('qssh says where it found no SSH, and what was said there instead', async () => {
  for (const [said, found] of [
    ['', 'Cannot go on: the other side hung up'],
    ['Exceeded MaxStartups\r\n', 'Cannot go on: the other side hung up after "Exceeded MaxStartups"'],
    ['SSH-1.5-old\r\n', 'Cannot speak with "SSH-1.5-old": SSH-2.0 expected'],
  ] as const) {
    const server = createServer((socket) => socket.on('error', () => undefined).end(said));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ended = await account.run(['-p', String(port), '127.0.0.1', 'true']);
    server.close();
    assert.deepEqual(ended, {
      code: 255,
      stdout: '',
      stderr: `qssh: connection to 127.0.0.1 port ${port}: ${found}\n`,
    });
  }
});

test('qssh connects through ProxyCommand', async () => {
  const proxy = `ProxyCommand ${process.execPath} -e "const s=require('net').connect(%p,'%h');process.stdin.pipe(s);s.pipe(process.stdout)"`;
  const ended = await account.run(['-o', proxy, ...account.way, 'cat'], 'through');
  assert.deepEqual(ended, { code: 0, stdout: 'through', stderr: '' });
});

test('qssh runs RemoteCommand and LocalCommand', async () => {
  const settings = [
    '-o',
    'RemoteCommand echo there',
    '-o',
    'PermitLocalCommand yes',
    '-o',
    'LocalCommand echo here %n',
  ];
  assert.equal((await account.run([...settings, ...account.way])).stdout, 'here 127.0.0.1\nthere\n');
});

test('qssh -f leaves the program running and comes back after the login', async () => {
  const done = join(account.home, 'background');
  const ended = await account.run(['-f', ...account.way, `sleep 0.3; echo done > ${done}`]);
  assert.equal(ended.code, 0);
  assert.equal(await waitForText(done), 'done\n');
});

test('qssh -f does not come back well from a login that fails', async () => {
  const ended = await account.run(['-f', '-p', '1', '127.0.0.1', 'true']);
  assert.equal(ended.code, 255);
});

test('qssh -v tells which legs of the login are post-quantum', async () => {
  const { stderr } = await account.run(['-v', ...account.way, 'true']);
  assert.match(
    stderr,
    /Verdict: key exchange sntrup761x25519-sha512\S* \(post-quantum\), host key ssh-ed25519 \(not post-quantum\), user key ssh-ed25519 \(not post-quantum\)\n/,
  );
});

test('qssh warns of a key exchange that is not post-quantum, and RequirePQ refuses it', async () => {
  const weak = ['-o', 'KexAlgorithms curve25519-sha256'];
  const warned = await account.run([...weak, ...account.way, 'true']);
  assert.equal(warned.code, 0);
  assert.match(warned.stderr, /^\*\* WARNING: the key exchange curve25519-sha256 is not post-quantum\.\n/);
  const silent = await account.run([...weak, '-o', 'WarnWeakCrypto no', ...account.way, 'true']);
  assert.deepEqual(silent, { code: 0, stdout: '', stderr: '' });
  const refused = await account.run([...weak, '-o', 'RequirePQ kex', ...account.way, 'true']);
  assert.deepEqual(refused, {
    code: 255,
    stdout: '',
    stderr: 'Cannot connect: the settings leave nothing for kex that qssh supports\n',
  });
});

test('qssh with RequirePQ host or user refuses what no composite key does', async () => {
  const host = await account.run(['-o', 'RequirePQ host', ...account.way, 'true']);
  assert.equal(host.code, 255);
  const user = await account.run(['-o', 'RequirePQ kex,user', ...account.way, 'true']);
  assert.equal(user.code, 255);
  assert.match(user.stderr, /RequirePQ demands a post-quantum user key/);
});

test('qssh remembers the key that worked, so that the next login takes one flight less', async () => {
  /** What the server was asked before it let the user in, each time with an answer. */
  const questions = async (): Promise<number> => {
    const { stderr } = await account.run(['-v', ...account.way, 'true']);
    return stderr.match(/Authentications that can continue/g)?.length ?? 0;
  };
  const memory = join(account.home, '.qssh', 'last_keys');
  writeFileSync(memory, '');
  assert.equal(await questions(), 1);
  assert.match(readFileSync(memory, 'utf8'), /^\S+@\[127\.0\.0\.1\]:\d+ SHA256:\S+\n$/);
  assert.equal(await questions(), 0);
});

test('qssh --trace notes which way how many bytes went, and not what they were', async () => {
  const trace = join(account.home, 'trace');
  await account.run(['--trace', trace, ...account.way, 'echo in']);
  const lines = readFileSync(trace, 'utf8').trimEnd().split('\n');
  for (const line of lines)
    assert.match(line, /^\{"milliseconds":[\d.]+,"direction":"(?:in|out)","bytes":\d+\}$/);
  assert.match(lines[0] ?? '', /"direction":"out"/);
});

/** What a file holds as soon as it holds something. */
async function waitForText(path: string): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      const text = readFileSync(path, 'utf8');
      if (text !== '') return text;
    } catch {
      // Not yet.
    }
    await sleep(50);
  }
  throw new Error(`Cannot find "${path}"`);
}
