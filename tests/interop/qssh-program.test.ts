import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const qssh = join(import.meta.dirname, '../../bin/qssh');

function run(...words: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const {
    status: code,
    stdout,
    stderr,
  } = spawnSync(process.execPath, [qssh, ...words], { encoding: 'utf8' });
  return { code, stdout, stderr };
}

test('qssh -V says its version on standard error, as ssh does', () => {
  const { code, stdout, stderr } = run('-V');
  assert.deepEqual({ code, stdout }, { code: 0, stdout: '' });
  assert.match(stderr, /^Orrery_\d+\.\d+, Node\.js \d\S*, OpenSSL \S+\n$/);
});

test('qssh -Q lists what it speaks', () => {
  assert.ok(run('-Q', 'kex').stdout.startsWith('mlkem768x25519-sha256\n'));
  assert.match(run('-Q', 'cipher').stdout, /^aes256-gcm@openssh\.com$/m);
  assert.equal(run('-Q', 'Ciphers').stdout, run('-Q', 'cipher').stdout);
  assert.match(run('-Q', 'key-plain').stdout, /^ssh-rsa$/m);
  assert.match(run('-Q', 'key-sig').stdout, /^rsa-sha2-512$/m);
  assert.match(run('-Q', 'key-cert').stdout, /^ssh-rsa-cert-v01@openssh\.com$/m);
  assert.equal(run('-Q', 'HostKeyAlgorithms').stdout, run('-Q', 'key-sig').stdout);
  assert.doesNotMatch(run('-Q', 'sig').stdout, /-cert/);
  assert.match(run('-Q', 'help').stdout, /^kex$/m);
  assert.deepEqual(run('-Q', 'x'), { code: 255, stdout: '', stderr: 'Unsupported query "x"\n' });
});

test('qssh explains its command line when it cannot read one', () => {
  const nothing = run();
  assert.equal(nothing.code, 255);
  assert.match(nothing.stderr, /^usage: qssh /);
  assert.deepEqual(run('--help'), { code: 0, stdout: nothing.stderr, stderr: '' });
  const wrong = run('-z', 'host');
  assert.equal(wrong.code, 255);
  assert.match(wrong.stderr, /^qssh: unknown option -- z\nusage: qssh /);
});

test('qssh names all lines of a config that it cannot read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qssh-'));
  try {
    const file = join(folder, 'config');
    writeFileSync(file, 'Port x\nUser me\nFoo bar\n');
    assert.deepEqual(run('-F', file, '-G', 'host'), {
      code: 255,
      stdout: '',
      stderr: [
        `${file} line 1: Bad port 'x'.`,
        `${file} line 3: Bad configuration option: foo`,
        `${file}: terminating, 2 bad configuration options\n`,
      ].join('\n'),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('qssh reads no config that others can write, and says so when there is none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qssh-'));
  try {
    const file = join(folder, '.ssh', 'config');
    mkdirSync(join(folder, '.ssh'));
    writeFileSync(file, 'Port 23\n');
    chmodSync(file, 0o666);
    const words = [qssh, '-G', 'host'];
    const options = { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder } } as const;
    const open = spawnSync(process.execPath, words, options);
    assert.deepEqual([open.status, open.stderr], [255, `Bad owner or permissions on ${file}\n`]);
    chmodSync(file, 0o644);
    assert.match(spawnSync(process.execPath, words, options).stdout, /^port 23$/m);
    mkdirSync(join(folder, '.qssh'));
    writeFileSync(join(folder, '.qssh', 'config'), 'Port 24\n');
    assert.match(spawnSync(process.execPath, words, options).stdout, /^port 24$/m);
    const missing = run('-F', join(folder, 'none-such'), '-G', 'host');
    assert.deepEqual(
      [missing.code, missing.stderr],
      [255, `Can't open user config file ${join(folder, 'none-such')}: No such file or directory\n`],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function refusal(what: string, file: string): string {
  return `qssh: cannot open ${what} file "${file}": no such file or directory\n`;
}

test('qssh -E writes what it has to say into a file; where this or --trace cannot, nothing is begun', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qssh-'));
  try {
    const file = join(folder, 'log');
    const words = ['-F', 'none', '-p', '1', '127.0.0.1', 'true'];
    assert.deepEqual(run('-E', file, ...words), { code: 255, stdout: '', stderr: '' });
    assert.equal(readFileSync(file, 'utf8'), 'qssh: connect to host 127.0.0.1 port 1: Connection refused\n');
    const bad = run('-E', join(folder, 'no/log'), ...words);
    assert.deepEqual([bad.code, bad.stderr], [255, refusal('log', join(folder, 'no/log'))]);
    const trace = run('--trace', join(folder, 'no/log'), ...words);
    assert.deepEqual([trace.code, trace.stderr], [255, refusal('trace', join(folder, 'no/log'))]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('qssh -q says nothing, and QSSH_LOG_LEVEL says how much otherwise', () => {
  const words = ['-F', 'none', '-p', '1', '127.0.0.1', 'true'];
  assert.deepEqual(run('-q', ...words), { code: 255, stdout: '', stderr: '' });
  const env = { ...process.env, QSSH_LOG_LEVEL: 'debug' };
  const { stderr } = spawnSync(process.execPath, [qssh, ...words], { encoding: 'utf8', env });
  assert.match(stderr, /^debug1: Connecting to 127\.0\.0\.1 \[127\.0\.0\.1\] port 1\.\n/);
  const wrong = { ...process.env, QSSH_LOG_LEVEL: 'bogus' };
  assert.match(
    spawnSync(process.execPath, [qssh, ...words], { encoding: 'utf8', env: wrong }).stderr,
    /^qssh: QSSH_LOG_LEVEL is "bogus", which is none of off, error, warn, info, debug, trace, QUIET, .*\nqssh: connect to [^\n]*\n$/,
  );
});

test('qssh says that a port is wrong', () => {
  for (const words of [['host:99999'], ['-p', '99999', 'host'], ['ssh://host:99999']])
    assert.match(run(...words).stderr, /^qssh: bad port "99999": 1 to 65535 expected\nusage: /);
});

test('qssh names the files that it cannot read without the words of Node.js', () => {
  const missing = '/none-such/id';
  const way = ['-v', '-F', 'none', '-o', `IdentityFile ${missing}`, '-o', 'ProxyCommand exec false', 'host'];
  const { stderr } = run(...way);
  assert.ok(stderr.includes(`debug1: identity file "${missing}": no such file or directory\n`), stderr);
  assert.equal(run('-F', '/', 'host').stderr, 'Cannot read "/": illegal operation on a directory\n');
});

test('qssh says that the shell of ProxyCommand is not there', () => {
  const env = { ...process.env, SHELL: '/none-such' };
  const words = [qssh, '-F', 'none', '-o', 'ProxyCommand x', 'host'];
  const { stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8', env });
  assert.equal(status, 255);
  assert.match(stderr, /^qssh: cannot run the proxy command: "\/none-such": no such file or directory\n/);
  assert.doesNotMatch(stderr, /node/i);
});

test('qssh refuses to do something else than what it was asked for', () => {
  const way = ['-F', 'none', '-p', '1', '127.0.0.1'];
  assert.equal(run('-O', 'check', ...way).stderr, 'Cannot do -O: it is not supported yet\n');
  assert.match(run('-J', 'jump', ...way).stderr, /ProxyJump is not supported yet\n$/);
  const forward = 'qssh: cannot set up DynamicForward (-D), which ExitOnForwardFailure demands\n';
  const failed = run('-o', 'ExitOnForwardFailure yes', '-D', '1', ...way);
  assert.equal(failed.code, 255);
  assert.ok(failed.stderr.endsWith(forward), failed.stderr);
});

test('qssh names what the command line asks for and is not there, and with -v what a config asks for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qssh-'));
  try {
    const way = ['-p', '1', '127.0.0.1'];
    const said = (name: string): string => `qssh: ${name} is not supported yet: it does nothing\n`;
    const refused = 'qssh: connect to host 127.0.0.1 port 1: Connection refused\n';
    for (const [words, name] of [
      [['-X'], 'ForwardX11 (-X)'],
      [['-Y'], 'ForwardX11 (-X)'],
      [['-M'], 'ControlMaster (-M)'],
      [['-S', '/c'], 'ControlPath (-S)'],
      [['-N', '-L', '1:a:2'], 'LocalForward (-L)'],
      [['-oPKCS11Provider=c'], 'PKCS11Provider (-I)'],
      [['-o', ' controlpath = /a'], 'ControlPath (-S)'],
    ] as const)
      assert.equal(run('-F', 'none', ...words, ...way).stderr, said(name) + refused);
    const file = join(folder, 'config');
    const options = ['ForwardX11', 'ControlMaster'].map((name) => `${name} yes`);
    writeFileSync(file, [...options, 'ControlPath /c', 'LocalForward 1 a:2'].join('\n'));
    assert.equal(run('-F', file, ...way).stderr, refused);
    const loud = run('-v', '-F', file, ...way).stderr;
    const names = ['LocalForward (-L)', 'ForwardX11 (-X)'];
    assert.ok(loud.includes([...names, 'ControlMaster (-M)', 'ControlPath (-S)'].map(said).join('')), loud);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('qssh -f names nothing twice, and -q nothing at all', () => {
  const env = { ...process.env, QSSH_LOG_LEVEL: 'bogus' };
  const words = [qssh, '-f', '-X', '-F', 'none', '-p', '1', '127.0.0.1', 'true'];
  const { stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env });
  assert.match(stderr, /^[^\n]* is "bogus"[^\n]*\n[^\n]* ForwardX11 [^\n]*\n[^\n]* connect to [^\n]*\n$/);
  assert.equal(spawnSync(process.execPath, words.toSpliced(1, 0, '-q'), { env }).stderr.length, 0);
});

test('qscp, qsftp and qsftp-server print their usage when they are asked for it', () => {
  for (const name of ['qscp', 'qsftp', 'qsftp-server']) {
    const program = join(import.meta.dirname, '../../bin', name);
    const ended = spawnSync(process.execPath, [program, '--help'], { encoding: 'utf8' });
    assert.deepEqual([ended.status, ended.stderr], [0, '']);
    assert.ok(ended.stdout.startsWith(`usage: ${name} [-`), ended.stdout);
  }
});

test('qssh -y gives what it says to logger(1), with the facility of the settings, and standard error nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-interop-'));
  try {
    const said = join(folder, 'said');
    writeFileSync(join(folder, 'logger'), `#!/bin/sh\necho "$@" >> ${said}\ncat >> ${said}\n`, {
      mode: 0o755,
    });
    const words = ['-y', '-F', 'none', '-o', 'SyslogFacility LOCAL3', '-p', '1', '127.0.0.1', 'true'];
    const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
    const { status, stderr } = spawnSync(process.execPath, [qssh, ...words], { encoding: 'utf8', env });
    assert.deepEqual([status, stderr], [255, '']);
    assert.match(
      readFileSync(said, 'utf8'),
      /^-t qssh --id=\d+ -p local3\.info\nqssh: connect to host 127\.0\.0\.1 port 1: Connection refused\n$/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
