// qscp and qsftp log in by themselves, as qssh would.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeFolder } from './stage/folder.ts';
import { startPasswordServer } from './stage/password-server.ts';
import { type Account, createAccount } from './stage/qssh-account.ts';
import { startQsshd } from './stage/qsshd.ts';
import { areEqual } from './stage/sftp.ts';

/** Two machines: only the first one's user runs programs here. */
let account: Account;
let other: Account;
let source: string;
/** Where the copies of one test go. */
let place: string;

before(async () => {
  account = await createAccount(['Subsystem sftp internal-sftp', 'AcceptEnv LC_*']);
  other = await createAccount(['Subsystem sftp internal-sftp']);
  writeFileSync(account.knownHosts, `[127.0.0.1]:${other.sshd.port} ${other.hostKey}\n`, { flag: 'a' });
  other.sshd.authorize(readFileSync(join(account.home, '.ssh', 'id_ed25519.pub'), 'utf8'));
  source = join(account.home, 'source');
  writeFileSync(source, randomBytes(3_000_001));
  place = join(account.home, 'place');
  mkdirSync(place);
});

after(() => Promise.all([account.end(), other.end()]));

function at({ sshd }: Account, path: string): string {
  return `scp://127.0.0.1:${sshd.port}/${path}`;
}

test('qscp copies there and back, and leaves its standard input to others', async () => {
  const copy = join(place, 'there');
  const there = await account.copy('qscp', ['-q', source, at(account, copy)]);
  assert.deepEqual(there, { code: 0, stdout: '', stderr: '' });
  assert.ok(areEqual(source, copy));
  const script = '"$0" "$@" && cat';
  const words = [process.execPath, 'bin/qscp', '-q', at(account, source), join(place, 'back')];
  const back = execFileSync('sh', ['-c', script, ...words], {
    input: 'for others\n',
    env: { ...process.env, HOME: account.home },
  });
  assert.equal(back.toString(), 'for others\n');
  assert.ok(areEqual(source, join(place, 'back')));
});

test('qscp copies from one host to another over two connections', async () => {
  const copy = join(place, 'across');
  assert.deepEqual(await account.copy('qscp', ['-q', at(account, source), at(other, copy)]), {
    code: 0,
    stdout: '',
    stderr: '',
  });
  assert.ok(areEqual(source, copy));
});

test('qscp copies between sshd and qsshd, and qsftp -b from qsshd', async () => {
  const server = await startQsshd(makeFolder(), ['Subsystem sftp internal-sftp']);
  const hostKey = readFileSync(join(dirname(server.config), 'host_key.pub'), 'utf8');
  writeFileSync(account.knownHosts, `[127.0.0.1]:${server.port} ${hostKey}`, { flag: 'a' });
  const [first, last] = [join(place, 'first'), join(place, 'last')];
  const key = ['-q', '-i', server.key, '-i', join(account.home, '.ssh', 'id_ed25519')];
  const scp = [...key, at(account, source), `scp://127.0.0.1:${server.port}/${first}`];
  assert.deepEqual(await account.copy('qscp', scp), { code: 0, stdout: '', stderr: '' });
  const batch = join(account.home, 'batch');
  writeFileSync(batch, `@get ${first} ${last}\n`);
  const sftp = [...key, '-b', batch, `sftp://127.0.0.1:${server.port}`];
  assert.deepEqual(await account.copy('qsftp', sftp), { code: 0, stdout: '', stderr: '' });
  assert.ok(areEqual(source, last));
});

test('qscp -v tells of each connection what qssh tells', async () => {
  const { stderr } = await account.copy('qscp', ['-v', at(account, source), at(other, join(place, 'told'))]);
  assert.equal(
    stderr.match(/^Authenticated to 127\.0\.0\.1 \(\[127\.0\.0\.1\]:\d+\) using "publickey"\.$/gm)?.length,
    2,
  );
  assert.equal(stderr.match(/^Verdict: key exchange sntrup761\S+ \(post-quantum\), /gm)?.length, 2);
  assert.match(stderr, /^debug1: channel 0: setting env LC_QSSH = "from here"$/m);
});

test('qscp and qsftp refuse a host whose key changed', async () => {
  const wrong = join(account.home, 'wrong');
  writeFileSync(wrong, `[127.0.0.1]:${account.sshd.port} ${other.hostKey}\n`);
  const options = ['-o', `UserKnownHostsFile=${wrong}`, '-P', String(account.sshd.port)];
  const copy = join(place, 'never');
  const scp = await account.copy('qscp', [...options, source, `127.0.0.1:${copy}`]);
  assert.equal(scp.code, 1);
  assert.match(scp.stderr, /WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!/);
  assert.match(scp.stderr, /\nqscp: 127\.0\.0\.1:\S+: Connection closed\n$/);
  const sftp = await account.copy(
    'qsftp',
    ['-b', '-', ...options, '127.0.0.1'],
    {},
    `put ${source} ${copy}\n`,
  );
  assert.equal(sftp.code, 255);
  assert.match(sftp.stderr, /WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!/);
  assert.match(sftp.stderr, /\nqsftp: Connection closed\n$/);
  assert.equal(existsSync(copy), false);
});

test('qscp asks about a host and for a password by SSH_ASKPASS', async () => {
  const server = await startPasswordServer([['password']]);
  try {
    const asked = join(account.home, 'asked');
    const program = join(account.home, 'askpass');
    writeFileSync(
      program,
      `#!/bin/sh\necho "$1" >> ${asked}\ncase "$1" in *fingerprint*) echo yes ;; *) echo right ;; esac\n`,
      { mode: 0o755 },
    );
    const copy = join(place, 'asked');
    const words = [
      '-q',
      '-o',
      'HashKnownHosts=no',
      source,
      `scp://somebody@127.0.0.1:${server.port}/${copy}`,
    ];
    const ended = await account.copy('qscp', words, { SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: 'force' });
    assert.deepEqual([ended.code, ended.stdout], [0, '']);
    assert.ok(areEqual(source, copy));
    assert.deepEqual(server.tries, ['password right']);
    assert.match(
      readFileSync(asked, 'utf8'),
      /continue connecting.*\n.*somebody@127\.0\.0\.1's password: \n$/s,
    );
    assert.ok(readFileSync(account.knownHosts, 'utf8').includes(`[127.0.0.1]:${server.port} ssh-ed25519 `));
  } finally {
    await server.stop();
  }
});

test('qscp asks for a password on the terminal, before it shows how much is there', async () => {
  const server = await startPasswordServer([['password']]);
  try {
    const options = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'];
    const copy = join(place, 'typed');
    const words = [...options, source, `scp://somebody@127.0.0.1:${server.port}/${copy}`];
    const typed = await account.screen(words, 'qscp').answer([/password: $/, 'right\r']);
    assert.deepEqual([typed.code, typed.restored], [0, true]);
    assert.match(typed.text, /password: \n(?:[^\n]*\r)?source +100% +2\.9MB [^\r\n]*\n$/);
    assert.ok(areEqual(source, copy));
    const given = await account.screen(words, 'qscp').answer([/password: $/, 'ri\x03']);
    assert.deepEqual([given.code, given.restored], [1, true]);
    assert.deepEqual(server.tries, ['password right']);
  } finally {
    await server.stop();
  }
});

test('qscp and qsftp do only what they are for, whatever the config asks for', async () => {
  const touched = join(account.home, 'touched');
  const config = join(account.home, 'config');
  const lines = [
    `RemoteCommand touch ${touched}`,
    'RequestTTY yes',
    'PermitLocalCommand yes',
    `LocalCommand touch ${touched}`,
    'ForkAfterAuthentication yes',
    'SessionType none',
    'StdinNull yes',
    `LocalForward ${account.sshd.port} 127.0.0.1:1`,
    'ExitOnForwardFailure yes',
  ];
  writeFileSync(config, lines.join('\n'));
  for (const [client, words, input] of [
    ['qscp', [source, at(account, join(place, 'config-qscp'))], ''],
    [
      'qsftp',
      ['-b', '-', `sftp://127.0.0.1:${account.sshd.port}`],
      `put ${source} ${join(place, 'config-qsftp')}\n`,
    ],
    [
      'qsftp',
      ['-s', '/usr/lib/openssh/sftp-server', '-b', '-', `sftp://127.0.0.1:${account.sshd.port}`],
      `put ${source} ${join(place, 'config-qsftp')}\n`,
    ],
  ] as const) {
    const ended = await account.copy(client, ['-F', config, ...words], {}, input);
    assert.deepEqual([ended.code, ended.stderr], [0, '']);
    const copy = join(place, `config-${client}`);
    assert.ok(areEqual(source, copy));
    rmSync(copy);
  }
  assert.equal(existsSync(touched), false);
});

test('qscp -S and qsftp -S start that program', async () => {
  const program = join(account.home, 'way');
  const started = join(account.home, 'started');
  writeFileSync(program, `#!/bin/sh\necho "$@" >> ${started}\nexec /usr/lib/openssh/sftp-server\n`, {
    mode: 0o755,
  });
  const scp = await account.copy('qscp', [
    '-S',
    program,
    '-P',
    '99',
    source,
    `me@nowhere:${join(place, 'way')}`,
  ]);
  assert.deepEqual([scp.code, scp.stderr], [0, '']);
  const sftp = await account.copy('qsftp', ['-S', program, '-b', '-', 'nowhere'], {}, 'pwd\n');
  assert.equal(sftp.code, 0);
  const fixed =
    '-x -oPermitLocalCommand=no -oForwardAgent=no -oClearAllForwardings=yes -oRemoteCommand=none -oRequestTTY=no';
  assert.equal(
    readFileSync(started, 'utf8'),
    `${fixed} -p 99 -l me -s -- nowhere sftp\n${fixed} -oBatchMode=yes -s -- nowhere sftp\n`,
  );
});

test('qscp and qsftp say why there is no connection', async () => {
  const port = String(account.sshd.port);
  for (const [words, said] of [
    [
      ['-P', '1', '127.0.0.1'],
      'qssh: connect to host 127.0.0.1 port 1: Connection refused\nqsftp: Connection closed\n',
    ],
    [['-q', '-P', '1', '127.0.0.1'], 'qsftp: Connection closed\n'],
    [['-P', '0', '127.0.0.1'], 'qssh: bad port "0": 1 to 65535 expected\nqsftp: Connection closed\n'],
    [
      ['-J', 'a', '127.0.0.1'],
      'Cannot connect by way of "a": ProxyJump is not supported yet\nqsftp: Connection closed\n',
    ],
    [
      ['-P', port, '-s', 'nothing', '127.0.0.1'],
      'qsftp: Connection closed: subsystem request failed on channel 0\n',
    ],
    [
      ['-P', port, '-s', 'echo broken >&2; exit 7', '127.0.0.1'],
      'broken\nqsftp: Connection closed: the server\'s "echo broken >&2; exit 7" ended with exit code 7\n',
    ],
    [
      ['-P', port, '-o', 'PubkeyAuthentication=no', '127.0.0.1'],
      `${account.user}@127.0.0.1: Permission denied (publickey).\nqsftp: Connection closed\n`,
    ],
  ] as const) {
    const ended = await account.copy('qsftp', words);
    assert.deepEqual([ended.code, ended.stderr], [255, said]);
  }
  const scp = await account.copy('qscp', ['-P', '1', source, '127.0.0.1:x']);
  assert.deepEqual(
    [scp.code, scp.stderr],
    [1, 'qssh: connect to host 127.0.0.1 port 1: Connection refused\nqscp: 127.0.0.1:x: Connection closed\n'],
  );
});

test('qscp tells of a connection that is lost, and leaves no gaps in the file', async () => {
  const huge = join(account.home, 'huge');
  writeFileSync(huge, '');
  truncateSync(huge, 2 ** 34);
  // Hangs up in the middle.
  const relay = createServer((socket) => {
    const behind = connect(account.sshd.port, '127.0.0.1');
    for (const one of [socket, behind]) one.on('error', () => undefined);
    socket.pipe(behind);
    let passed = 0;
    behind.on('data', (bytes: Buffer) => {
      socket.write(bytes);
      passed += bytes.length;
      if (passed < 10_000_000) return;
      socket.destroy();
      behind.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const address = relay.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const copy = join(place, 'lost');
  const alias = ['-o', `HostKeyAlias=[127.0.0.1]:${account.sshd.port}`];
  const ended = await account.copy('qscp', [
    '-o',
    'LogLevel=ERROR',
    ...alias,
    `scp://127.0.0.1:${port}/${huge}`,
    copy,
  ]);
  relay.close();
  assert.equal(ended.code, 1);
  assert.match(
    ended.stderr,
    /^qssh: connection to 127\.0\.0\.1: Cannot go on: .*\nqscp: \S+huge: Connection lost\n$/,
  );
  assert.ok(statSync(copy).size < 10_000_000);
});

test('qsftp ends a transfer with Ctrl-C, which neither the connection nor its ProxyCommand hears', async () => {
  const huge = join(account.home, 'huge-too');
  writeFileSync(huge, '');
  truncateSync(huge, 2 ** 40);
  // A program that leaves Ctrl-C to who started it.
  const proxy = `bash -c 'exec 3<>/dev/tcp/127.0.0.1/${account.sshd.port}; cat <&3 & exec cat >&3'`;
  const words = ['-o', `ProxyCommand=${proxy}`, '-l', '8000', `sftp://127.0.0.1:${account.sshd.port}`];
  const sftp = account.screen(words, 'qsftp');
  await sftp.until(/sftp> $/);
  sftp.press(`get ${huge} ${join(place, 'part')}\r`);
  await sftp.until(/huge-too +0% .* left/);
  sftp.press('\x03');
  await sftp.until(/Interrupted\s+sftp> $/i);
  sftp.press('pwd\r');
  await sftp.until(/Remote working directory: .*\s+sftp> $/);
  sftp.press('bye\r');
  const { code, restored } = await sftp.ended;
  assert.deepEqual({ code, restored }, { code: 0, restored: true });
});
