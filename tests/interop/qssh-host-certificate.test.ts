// Hosts with certificates of OpenSSH's, known to qssh by their CA.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeFolder } from './stage/folder.ts';
import { type Account, createAccount } from './stage/qssh-account.ts';
import { startSshd } from './stage/sshd.ts';

const folder = makeFolder();
const ca = join(folder, 'ca');
execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-N', '', '-C', '', '-f', ca]);
const own = join(folder, 'host_key-cert.pub');
const sshd = await startSshd(folder, [], [`HostCertificate ${own}`]);
let account: Account;

before(async () => {
  account = await createAccount();
  const key = readFileSync(join(account.home, '.ssh/id_ed25519.pub'));
  writeFileSync(join(folder, 'authorized_keys'), key);
});
after(() => account.end());

/** sshd reads it at each connection. */
function certify(...words: readonly string[]): void {
  execFileSync('ssh-keygen', ['-q', '-s', ca, '-h', '-I', 'id', ...words, join(folder, 'host_key.pub')]);
}

function logIn(known: string, ...words: readonly string[]) {
  writeFileSync(account.knownHosts, `${known}\n`);
  const strict = ['-o', 'StrictHostKeyChecking yes', ...words];
  return account.run([...strict, '-p', String(sshd.port), `root@127.0.0.1`, 'echo in']);
}

const isIn = { code: 0, stdout: 'in\n', stderr: '' };
const authority = (hosts: string): string => `@cert-authority ${hosts} ${readFileSync(`${ca}.pub`, 'utf8')}`;
const hostKey = (): string => readFileSync(join(folder, 'host_key.pub'), 'utf8');

test('qssh knows a host by the CA that certified it', async () => {
  certify('-n', '127.0.0.1,b.example');
  assert.deepEqual(await logIn(authority('127.0.0.*')), isIn);
  assert.deepEqual(await logIn(authority(`[127.0.0.1]:${sshd.port}`)), isIn);
  assert.deepEqual(await logIn(authority('*.example'), '-o', 'HostKeyAlias b.example'), isIn);
  const { stderr } = await logIn(authority('*.example'), '-o', 'HostKeyAlias c.example');
  assert.match(stderr, /"c\.example" is not among its principals\r?\nHost key verification failed/);
});

test('qssh knows a host by its key where no CA is known, whatever certificate it has', async () => {
  certify('-n', 'c.example');
  assert.deepEqual(await logIn(`[127.0.0.1]:${sshd.port} ${hostKey()}`), isIn);
  const both = `[127.0.0.1]:${sshd.port} ${hostKey()}`;
  const asked = ['-o', 'HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com'];
  assert.deepEqual(await logIn(both, ...asked), isIn);
});

test('qssh asks for keys and certificates in the order of HostKeyAlgorithms', async () => {
  certify('-n', '127.0.0.1');
  const shown = async (order: string): Promise<string | undefined> => {
    const { stderr } = await logIn(authority('*'), '-v', '-o', `HostKeyAlgorithms ${order}`);
    return /Server host key: (\S+)/.exec(stderr)?.[1];
  };
  const certificate = 'ssh-ed25519-cert-v01@openssh.com';
  assert.equal(await shown(`ssh-ed25519,${certificate}`), 'ssh-ed25519');
  assert.equal(await shown(`${certificate},ssh-ed25519`), certificate);
});

test('qssh knows a host by a CA that KnownHostsCommand names, if certificates are asked for', async () => {
  certify('-n', '127.0.0.1');
  const asked = ['-o', 'HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com'];
  const command = `KnownHostsCommand /bin/echo @cert-authority %H ${readFileSync(`${ca}.pub`, 'utf8').trim()}`;
  assert.deepEqual(await logIn('', ...asked, '-o', command), isIn);
});

test('qssh refuses a host whose certificate a list of ssh-keygen revokes', async () => {
  certify('-n', '127.0.0.1', '-z', '7');
  const list = join(folder, 'revoked');
  const specification = join(folder, 'specification');
  const revoke = (serial: string): void => {
    writeFileSync(specification, `serial: ${serial}\n`);
    execFileSync('ssh-keygen', ['-q', '-k', '-f', list, '-s', `${ca}.pub`, specification]);
  };
  revoke('8');
  assert.deepEqual(await logIn(authority('*'), '-o', `RevokedHostKeys ${list}`), isIn);
  revoke('7');
  const { code, stderr } = await logIn(authority('*'), '-o', `RevokedHostKeys ${list}`);
  assert.equal(code, 255);
  assert.match(stderr, /revoked by file/);
});
