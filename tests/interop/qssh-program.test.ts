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

test('qssh -E writes what it has to say into a file, and says so when it cannot', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qssh-'));
  try {
    const file = join(folder, 'log');
    const words = ['-F', 'none', '-p', '1', '127.0.0.1', 'true'];
    assert.deepEqual(run('-E', file, ...words), { code: 255, stdout: '', stderr: '' });
    assert.equal(readFileSync(file, 'utf8'), 'qssh: connect to host 127.0.0.1 port 1: Connection refused\n');
    const bad = run('-E', join(folder, 'no/log'), ...words);
    assert.equal(bad.code, 255);
    assert.match(bad.stderr, /^ENOENT: /);
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
});

test('qssh refuses to do something else than what it was asked for', () => {
  const way = ['-F', 'none', '-p', '1', '127.0.0.1'];
  assert.equal(run('-O', 'check', ...way).stderr, 'Cannot do -O: it is not supported yet\n');
  assert.match(run('-J', 'jump', ...way).stderr, /ProxyJump is not supported yet\n$/);
  assert.match(
    run('-L', '1:a:2', '-N', ...way).stderr,
    /^qssh: localforward is not supported yet: it does nothing\n/,
  );
  assert.match(
    run('-o', 'ExitOnForwardFailure yes', '-D', '1', ...way).stderr,
    /^qssh: dynamicforward is not supported yet/,
  );
});
