// Certificates of users, made by ssh-keygen, by which qssh logs in to sshd and to qsshd.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { type Account, createAccount } from './stage/qssh-account.ts';
import { startAgent } from './stage/agents.ts';
import { makeFolder } from './stage/folder.ts';
import { startQsshd } from './stage/qsshd.ts';

const folder = makeFolder();
const path = (name: string): string => join(folder, name);
function generate(name: string, type: string, ...size: readonly string[]): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, ...size, '-N', '', '-C', name, '-f', path(name)]);
}
generate('ca', 'ed25519');
for (const type of ['ed25519', 'ecdsa']) generate(type, type);
generate('rsa', 'rsa', '-b', '2048');
const agent = await startAgent('ssh-agent', path('agent'));
const trusting = [`TrustedUserCAKeys ${path('ca.pub')}`];
mkdirSync(path('server'));
const qsshd = await startQsshd(path('server'), trusting);
let account: Account;

before(async () => {
  account = await createAccount(trusting);
});
after(() => account.end());
beforeEach(() => execFileSync('ssh-add', ['-qD'], { env, stdio: 'pipe' }));

const env = { ...process.env, SSH_AUTH_SOCK: agent.socket };
const alone = ['-o', 'IdentitiesOnly yes'];
const isIn = { code: 0, stdout: 'in\n', stderr: '' };

function certify(key: string, words: readonly string[] = ['-n', 'root']): void {
  execFileSync('ssh-keygen', ['-q', '-s', path('ca'), '-I', 'id', ...words, path(`${key}.pub`)]);
}

function logIn(...words: readonly string[]) {
  return account.run([...words, ...account.way, 'echo in'], '', { SSH_AUTH_SOCK: agent.socket });
}

for (const type of ['ed25519', 'ecdsa', 'rsa'])
  test(`qssh logs in to sshd and qsshd by the certificate beside a key: ${type}`, async () => {
    certify(type);
    assert.deepEqual(await logIn('-i', path(type), ...alone), isIn);
    const ours = ['-o', 'StrictHostKeyChecking no', '-o', 'UserKnownHostsFile /dev/null', '-q'];
    const words = ['-i', path(type), ...alone, ...ours, '-p', String(qsshd.port), '127.0.0.1', 'echo in'];
    assert.deepEqual(await account.run(words), isIn);
    rmSync(path(`${type}-cert.pub`));
    assert.equal((await logIn('-i', path(type), ...alone)).code, 255);
  });

test('qssh shows CertificateFile, and then none that lies beside a key', async () => {
  certify('ed25519');
  const elsewhere = path('elsewhere.pub');
  renameSync(path('ed25519-cert.pub'), elsewhere);
  const named = ['-i', path('ed25519'), ...alone, '-o', `CertificateFile ${elsewhere}`];
  assert.deepEqual(await logIn(...named), isIn);
  certify('rsa');
  const other = await logIn('-i', path('rsa'), ...alone, '-o', `CertificateFile ${elsewhere}`);
  assert.equal(other.code, 255);
  rmSync(path('rsa-cert.pub'));
});

test('qssh shows a certificate in a file for a key in the agent, and one in the agent', async () => {
  certify('ed25519');
  const certificate = path('ed25519-cert.pub');
  renameSync(certificate, path('away.pub'));
  execFileSync('ssh-add', ['-q', path('ed25519')], { env });
  assert.equal((await logIn()).code, 0, 'the key of the account');
  renameSync(join(account.home, '.ssh/id_ed25519'), path('own'));
  try {
    assert.equal((await logIn()).code, 255);
    assert.deepEqual(await logIn('-o', `CertificateFile ${path('away.pub')}`), isIn);
    renameSync(path('away.pub'), certificate);
    execFileSync('ssh-add', ['-q', path('ed25519')], { env, stdio: 'pipe' });
    assert.match(execFileSync('ssh-add', ['-L'], { env, encoding: 'utf8' }), /cert-v01/);
    assert.deepEqual(await logIn(), isIn);
  } finally {
    renameSync(path('own'), join(account.home, '.ssh/id_ed25519'));
  }
});

test('qssh shows the certificate that stands in the .pub file of a key in place of the key', async () => {
  generate('twofold', 'ed25519');
  certify('twofold');
  renameSync(path('twofold-cert.pub'), path('twofold.pub'));
  assert.deepEqual(await logIn('-i', path('twofold'), ...alone), isIn);
  const { stderr } = await logIn('-v', '-i', path('twofold'), ...alone);
  assert.deepEqual(
    stderr.match(/Offering public key: .*/g)?.map((line) => line.split(' ')[4]),
    ['ssh-ed25519-cert-v01@openssh.com'],
  );
});

test('qssh does not show the certificate of a host, nor one whose key it does not have', async () => {
  certify('ed25519', ['-h', '-n', 'root']);
  const { stderr } = await logIn('-v', '-i', path('ed25519'), ...alone);
  assert.match(stderr, /not a user certificate/);
  assert.doesNotMatch(stderr, /Offering public key: .*-cert-v01/);
  certify('rsa');
  const named = await logIn(
    '-v',
    '-i',
    path('ed25519'),
    ...alone,
    '-o',
    `CertificateFile ${path('rsa-cert.pub')}`,
  );
  assert.equal(named.code, 255);
  assert.doesNotMatch(named.stderr, /Offering public key: .*-cert-v01/);
});

test('qssh offers by PubkeyAcceptedAlgorithms what they name alone', async () => {
  certify('ed25519');
  const plain = await logIn(
    '-v',
    '-i',
    path('ed25519'),
    ...alone,
    '-o',
    'PubkeyAcceptedAlgorithms ssh-ed25519',
  );
  assert.equal(plain.code, 255);
  assert.doesNotMatch(plain.stderr, /Offering public key: .*-cert-v01/);
  assert.match(
    plain.stderr,
    /Skipping \S+ed25519: PubkeyAcceptedAlgorithms and RequirePQ leave no signature/,
  );
  const line = readFileSync(path('ed25519-cert.pub'), 'utf8').split(' ')[0];
  assert.deepEqual(
    await logIn('-i', path('ed25519'), ...alone, '-o', `PubkeyAcceptedAlgorithms ${line}`),
    isIn,
  );
});
