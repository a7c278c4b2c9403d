// Our server with certificates of its keys (HostCertificate): to ssh, and to qssh.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeFolder } from './stage/folder.ts';
import { OURS } from './stage/keygen.ts';
import { createAccount, type Account } from './stage/qssh-account.ts';
import { QSSHD, startQsshd } from './stage/qsshd.ts';
import { runSsh } from './stage/ssh.ts';

const folder = makeFolder();
const path = (name: string): string => join(folder, name);
const line = (name: string): string => readFileSync(path(`${name}.pub`), 'utf8');

function certify(key: string, ...words: readonly string[]): void {
  // ssh-keygen knows no post-quantum keys.
  const ca = ['-q', '-s', path('ca'), '-I', `of ${key}`];
  execFileSync(OURS, [...ca, ...words, path(`${key}.pub`)]);
}

const types = { ed25519: 'ed25519', rsa: 'rsa', ecdsa: 'ecdsa', composite: 'mldsa44-ed25519', ca: 'ed25519' };
for (const [name, type] of Object.entries(types))
  execFileSync(OURS, ['-q', '-t', type, '-N', '', '-C', '', '-f', path(name)]);
const keys = ['ed25519', 'rsa', 'ecdsa', 'composite'];
for (const key of keys) certify(key, '-h', '-n', 'a.example');
const config = keys.flatMap((key) => [`HostKey ${path(key)}`, `HostCertificate ${path(`${key}-cert.pub`)}`]);

mkdirSync(path('server'));
const server = await startQsshd(path('server'), config);

const authority = (): string => `@cert-authority *.example ${line('ca')}`;

/** Runs ssh with these known hosts alone. */
async function logIn(known: string, settings: Readonly<Record<string, string>> = {}, command = 'echo in') {
  writeFileSync(path('known_hosts'), known);
  const { code, stdout, stderr } = await runSsh(server.port, ['-i', server.key, 'root@127.0.0.1', command], {
    settings: {
      UserKnownHostsFile: path('known_hosts'),
      GlobalKnownHostsFile: 'none',
      StrictHostKeyChecking: 'yes',
      HostKeyAlias: 'a.example',
      BatchMode: 'yes',
      ...settings,
    },
  });
  return { code, stdout: stdout.toString(), stderr };
}

const isIn = { code: 0, stdout: 'in\n', stderr: '' };

describe('ssh knows qsshd by the CA of its certificate', () => {
  for (const algorithm of ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'])
    it(`of ${algorithm}`, async () => {
      const settings = { HostKeyAlgorithms: `${algorithm}-cert-v01@openssh.com` };
      assert.deepEqual(await logIn(authority(), settings), isIn);
    });

  it('but not for a host that is not in it', async () => {
    const { code, stderr } = await logIn(authority(), { HostKeyAlias: 'b.example' });
    assert.equal(code, 255);
    assert.match(stderr, /name is not a listed principal/);
  });

  it('and by its plain key where no CA is known', async () => {
    assert.deepEqual(await logIn(`a.example ${line('rsa')}`), isIn);
    const asked = { HostKeyAlgorithms: 'rsa-sha2-512-cert-v01@openssh.com' };
    assert.deepEqual(await logIn(`a.example ${line('rsa')}`, asked), isIn);
    const { code, stderr } = await logIn(`a.example ${line('ca')}`);
    assert.equal(code, 255);
    assert.match(stderr, /Host key verification failed/);
  });
});

describe('qsshd with certificates', () => {
  it('tells clients of its plain keys alone, which they learn', async () => {
    const wait = `for i in $(seq 100); do grep -q ecdsa ${path('known_hosts')} && exit; sleep 0.1; done`;
    await logIn(`a.example ${line('rsa')}`, { UpdateHostKeys: 'yes' }, wait);
    const learned = readFileSync(path('known_hosts'), 'utf8').trim().split('\n');
    assert.deepEqual(
      learned.map((text) => text.split(' ', 2).join(' ')).toSorted((one, other) => one.localeCompare(other)),
      ['ecdsa-sha2-nistp256', 'ssh-ed25519', 'ssh-ed25519', 'ssh-rsa'].map((type) => `a.example ${type}`),
    );
  });

  const certificates = [
    'ssh-mldsa44-ed25519-cert',
    'ssh-ed25519-cert-v01@openssh.com',
    'ecdsa-sha2-nistp256-cert-v01@openssh.com',
    'rsa-sha2-512-cert-v01@openssh.com',
    'rsa-sha2-256-cert-v01@openssh.com',
  ];
  const plain = ['ssh-mldsa44-ed25519', 'ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256', 'ecdsa-sha2-nistp256'];
  const rsa = ['rsa-sha2-256-cert-v01@openssh.com', 'rsa-sha2-512-cert-v01@openssh.com'];
  const offers: readonly (readonly [string | undefined, readonly string[]])[] = [
    [undefined, [...certificates, ...plain]],
    ['-*-cert-v01@openssh.com', ['ssh-mldsa44-ed25519-cert', ...plain]],
    ['^rsa-*-cert*', [...rsa, ...certificates.slice(0, 3), ...plain]],
    ['rsa-sha2-256,ssh-ed25519-cert-v01@openssh.com', ['rsa-sha2-256', 'ssh-ed25519-cert-v01@openssh.com']],
  ];
  for (const [setting, expected] of offers)
    it(`offers by HostKeyAlgorithms ${setting ?? 'unset'}`, () => {
      const lines = [...config, ...(setting === undefined ? [] : [`HostKeyAlgorithms ${setting}`])];
      writeFileSync(path('config'), `${lines.join('\n')}\n`);
      const proxy = `ProxyCommand=${process.execPath} ${QSSHD} -i -f ${path('config')}`;
      const words = ['-F', 'none', '-o', proxy, '-o', 'HostKeyAlgorithms=ssh-dss', 'x'];
      const { stderr } = spawnSync('ssh', words, { encoding: 'utf8' });
      assert.equal(/Their offer: (\S+)/.exec(stderr)?.[1], expected.join());
    });

  it('shows another certificate once its configuration is read again', async () => {
    certify('ed25519', '-h', '-n', 'c.example');
    process.kill(server.pid, 'SIGHUP');
    await server.logged(/ port \d+\.\r?\n[^]*Received SIGHUP[^]* port \d+\.\r?\n/);
    const port = Number([...server.log().matchAll(/Server listening on \S+ port (\d+)/g)].at(-1)?.[1]);
    writeFileSync(path('known_hosts'), authority());
    const settings = { UserKnownHostsFile: path('known_hosts'), StrictHostKeyChecking: 'yes' };
    const hostKeys = { HostKeyAlias: 'c.example', HostKeyAlgorithms: 'ssh-ed25519-cert-v01@openssh.com' };
    const found = await runSsh(port, ['-i', server.key, 'root@127.0.0.1', 'true'], {
      settings: { ...settings, ...hostKeys },
    });
    assert.deepEqual([found.code, found.stderr], [0, '']);
  });
});

describe('qssh', () => {
  let account: Account;
  before(async () => {
    account = await createAccount();
    server.authorize(readFileSync(join(account.home, '.ssh/id_ed25519.pub'), 'utf8'));
  });
  after(() => account.end());

  it('knows qsshd by a post-quantum certificate', async () => {
    const proxy = `${process.execPath} ${QSSHD} -i -f ${server.config}`;
    const settings = [`ProxyCommand ${proxy}`, 'HostKeyAlias a.example', 'StrictHostKeyChecking yes'];
    writeFileSync(account.knownHosts, authority());
    const words = settings.flatMap((text) => ['-o', text]);
    const asked = ['-o', 'HostKeyAlgorithms ssh-mldsa44-ed25519-cert'];
    assert.deepEqual(await account.run([...words, ...asked, 'root@x', 'echo in']), isIn);
    const { stderr } = await account.run([...words, '-v', 'root@x', 'true']);
    assert.match(stderr, /ssh-mldsa44-ed25519-cert/);
  });
});

describe('qsshd -t', () => {
  const check = (program: readonly string[], lines: readonly string[], ...words: readonly string[]) => {
    writeFileSync(path('config'), `${[`HostKey ${path('ed25519')}`, ...lines].join('\n')}\n`);
    const [file = '', ...own] = program;
    const all = [...own, '-t', '-f', path('config'), ...words];
    const { status, stderr } = spawnSync(file, all, { encoding: 'utf8' });
    return { status, stderr: stderr.split(/\r?\n/).filter((text) => text !== '') };
  };
  const ours = [process.execPath, QSSHD];
  const theirs = ['/usr/sbin/sshd'];

  it('names certificates that cannot be used in the words of sshd, and is content', () => {
    const lines = [`HostCertificate ${path('rsa-cert.pub')}`, `HostCertificate ${path('ed25519.pub')}`];
    const expected = {
      status: 0,
      stderr: [
        `No matching private key for certificate: ${path('rsa-cert.pub')}`,
        `Certificate file is not a certificate: ${path('ed25519.pub')}`,
      ],
    };
    assert.deepEqual(check(theirs, lines), expected);
    assert.deepEqual(check(ours, lines), expected);
  });

  it('says what else is wrong with one', () => {
    const now = (words: readonly string[]): string => {
      certify('ed25519', '-n', 'a.example', ...words);
      const { status, stderr } = check(ours, [], '-c', path('ed25519-cert.pub'));
      assert.equal(status, 0);
      return stderr.join().replaceAll(folder, '');
    };
    assert.equal(now(['-h']), '');
    assert.equal(now([]), 'Certificate is one of a user, not of a host: /ed25519-cert.pub');
    const shown = 'Host certificate "/ed25519-cert.pub"';
    assert.equal(now(['-h', '-V', '20200101:20210101']), `${shown} has expired: clients do not accept it`);
    assert.equal(
      now(['-h', '-V', '20990101:20990201']),
      `${shown} is not yet valid: clients do not accept it`,
    );
    const { stderr } = check(ours, ['HostCertificate /none']);
    assert.deepEqual(stderr, ['Could not load host certificate "/none": it cannot be opened']);
    certify('ed25519', '-h');
    const [type = '', base64 = ''] = readFileSync(path('ed25519-cert.pub'), 'utf8').split(' ');
    const blob = Uint8Array.fromBase64(base64);
    blob.set([1 ^ (blob.at(-1) ?? 0)], blob.length - 1);
    writeFileSync(path('forged.pub'), `${type} ${blob.toBase64()}\n`);
    assert.deepEqual(check(ours, [`HostCertificate ${path('forged.pub')}`]).stderr, [
      `Could not load host certificate "${path('forged.pub')}": its CA has not signed it`,
    ]);
  });

  it('refuses what has no host key that can be used', () => {
    writeFileSync(path('empty'), '');
    writeFileSync(path('config'), `HostKey ${path('empty')}\n`);
    const { status, stderr } = spawnSync(process.execPath, [QSSHD, '-t', '-f', path('config')], {
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, /Cannot use host key[^]*no hostkeys available -- exiting/);
  });
});
