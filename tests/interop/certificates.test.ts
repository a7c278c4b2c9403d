// Certificates and signatures that a CA's key makes within an agent, shown to OpenSSH.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import {
  type CertificateClaims,
  FOREVER,
  type KeySigner,
  Krl,
  certificateOptionData,
  formatKrl,
  parsePublicKeyLine,
  printPublicKeyLine,
  printSshsig,
  signCertificate,
  signSshsig,
} from '@orrery/keys';
import { AgentClient } from '@orrery/ssh';
import { startAgent } from './stage/agents.ts';
import { makeFolder } from './stage/folder.ts';
import { startSshd } from './stage/sshd.ts';

const folder = makeFolder();
const path = (name: string): string => join(folder, name);
for (const [name, type] of [
  ['ed25519', 'ed25519'],
  ['ecdsa', 'ecdsa'],
  ['rsa', 'rsa'],
  ['user', 'ed25519'],
] as const)
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', name, '-f', path(name)]);

const { socket } = await startAgent('ssh-agent', path('agent'));
const authorities = ['ed25519', 'ecdsa', 'rsa'];
execFileSync('ssh-add', ['-q', ...authorities.map(path)], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
const stream = connect(socket);
await once(stream, 'connect');
const client = new AgentClient(stream);
after(() => client.close());
const agentKeys = await client.list();

function signerOf(name: string): KeySigner {
  const key = agentKeys.find(({ comment }) => comment === name);
  assert.ok(key !== undefined, name);
  return client.signer(key);
}

const claims: CertificateClaims = {
  key: blobOf('user'),
  serial: 7n,
  type: 'user',
  keyId: 'a user',
  principals: ['root'],
  validAfter: 0n,
  validBefore: FOREVER,
  criticalOptions: new Map(),
  extensions: new Map(),
};

function blobOf(name: string): Uint8Array {
  return parsePublicKeyLine(readFileSync(path(`${name}.pub`), 'utf8')).blob;
}

async function certify(name: string, changed: Partial<CertificateClaims>, ca: string): Promise<void> {
  const { keyType, blob } = await signCertificate({ ...claims, ...changed }, signerOf(ca));
  writeFileSync(path(name), `${printPublicKeyLine({ type: keyType, blob })}\n`);
}

for (const ca of authorities) {
  test(`ssh-keygen verifies the certificate that an agent signed with ${ca}`, async () => {
    await certify('listed-cert.pub', {}, ca);
    const text = execFileSync('ssh-keygen', ['-L', '-f', path('listed-cert.pub')], { encoding: 'utf8' });
    assert.match(text, /Key ID: "a user"\n +Serial: 7\n +Valid: forever\n +Principals: \n +root\n/);
  });

  test(`ssh-keygen verifies the file that an agent signed with ${ca}`, async () => {
    const message = utf8('a file');
    const sshsig = await signSshsig(signerOf(ca), message, { namespace: 'file' });
    writeFileSync(path('file.sig'), printSshsig(sshsig));
    writeFileSync(path('allowed'), `alice ${readFileSync(path(`${ca}.pub`), 'utf8')}`);
    const words = [
      '-Y',
      'verify',
      '-f',
      path('allowed'),
      '-I',
      'alice',
      '-n',
      'file',
      '-s',
      path('file.sig'),
    ];
    const text = execFileSync('ssh-keygen', words, { input: message, encoding: 'utf8' });
    assert.match(text, /^Good "file" signature for alice with /);
  });
}

const sshd = await startSshd(
  folder,
  [],
  [
    `TrustedUserCAKeys ${path('ecdsa.pub')}`,
    `HostCertificate ${path('host_key-cert.pub')}`,
    `RevokedKeys ${path('revoked')}`,
  ],
);

/** What ssh prints of a login with the certificate, and of the host's with its own. */
function login(): string {
  writeFileSync(path('known_hosts'), `@cert-authority a.example ${readFileSync(path('rsa.pub'), 'utf8')}`);
  const options = {
    UserKnownHostsFile: path('known_hosts'),
    GlobalKnownHostsFile: 'none',
    StrictHostKeyChecking: 'yes',
    HostKeyAlias: 'a.example',
    HostKeyAlgorithms: 'ssh-ed25519-cert-v01@openssh.com',
    IdentityFile: path('user'),
    CertificateFile: path('user-cert.pub'),
    IdentitiesOnly: 'yes',
    BatchMode: 'yes',
  };
  const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const address = ['-F', 'none', '-p', String(sshd.port), 'root@127.0.0.1'];
  const { stdout, stderr } = spawnSync('ssh', [...words, ...address, 'echo a command'], { encoding: 'utf8' });
  return stdout === '' ? stderr : stdout;
}

writeFileSync(path('revoked'), formatKrl(new Krl()));

test('ssh and sshd take certificates of user and host, and do what their options say', async () => {
  const host = { type: 'host', key: sshd.hostKey, principals: ['a.example'] } as const;
  const loginWith = async (changed: Partial<CertificateClaims>): Promise<string> => {
    await certify('user-cert.pub', changed, 'ecdsa');
    return login();
  };
  const critical = (name: string, value: string) => ({
    criticalOptions: new Map([[name, certificateOptionData(value)]]),
  });
  await certify('host_key-cert.pub', host, 'rsa');
  assert.equal(await loginWith({}), 'a command\n');
  assert.equal(await loginWith(critical('force-command', 'echo forced')), 'forced\n');
  assert.equal(await loginWith(critical('source-address', '127.0.0.0/8')), 'a command\n');
  assert.match(await loginWith(critical('source-address', '192.0.2.0/24')), /Permission denied/);
  assert.match(await loginWith(critical('new@example', '')), /Permission denied/);
  assert.match(await loginWith({ principals: ['nobody'] }), /Permission denied/);
  await certify('host_key-cert.pub', { ...host, principals: ['b.example'] }, 'rsa');
  assert.match(await loginWith({}), /Host key verification failed/);
  await certify('host_key-cert.pub', host, 'rsa');
  assert.equal(await loginWith({}), 'a command\n');
});

test('sshd refuses a certificate whose serial number or key a list revokes', async () => {
  await certify('user-cert.pub', {}, 'ecdsa');
  const loginAfter = (revoke: (krl: Krl) => void): string => {
    const krl = new Krl();
    revoke(krl);
    writeFileSync(path('revoked'), formatKrl(krl));
    return login();
  };
  assert.match(
    loginAfter((krl) => krl.revokeSerials(blobOf('ecdsa'), 5n, 9n)),
    /Permission denied/,
  );
  assert.match(
    loginAfter((krl) => krl.revokeKeyByHash('sha256', blobOf('user'))),
    /Permission denied/,
  );
  assert.equal(
    loginAfter((krl) => krl.revokeSerials(blobOf('rsa'), 5n, 9n)),
    'a command\n',
  );
});
