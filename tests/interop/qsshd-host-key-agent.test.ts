// Our server with host keys that are in an agent (HostKeyAgent): OpenSSH's, and ours.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startAgent, type RunningAgent } from './stage/agents.ts';
import { makeFolder } from './stage/folder.ts';
import { QSSHD, startQsshd } from './stage/qsshd.ts';
import { runSsh } from './stage/ssh.ts';

const folder = makeFolder();
const path = (name: string): string => join(folder, name);
const line = (name: string): string => readFileSync(path(`${name}.pub`), 'utf8');
const keys = ['ed25519', 'rsa', 'ecdsa'];
function keygen(...words: readonly string[]): void {
  execFileSync('ssh-keygen', ['-q', ...words]);
}
for (const key of keys) keygen('-t', key, '-N', '', '-C', '', '-f', path(key));
for (const name of ['ca', 'filed']) keygen('-t', 'ed25519', '-N', '', '-C', '', '-f', path(name));
keygen('-t', 'ed25519', '-N', 'a passphrase', '-C', '', '-f', path('encrypted'));
for (const key of keys) keygen('-s', path('ca'), '-h', '-I', key, '-n', 'a.example', path(`${key}.pub`));
mkdirSync(path('private'));
for (const key of keys) {
  copyFileSync(path(key), path(`private/${key}`));
  chmodSync(path(`private/${key}`), 0o600);
  rmSync(path(key)); // only the agent will have it
}

function addTo({ socket }: Pick<RunningAgent, 'socket'>, ...words: readonly string[]): void {
  const env = { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: path('askpass') };
  const { status, stderr } = spawnSync('ssh-add', words, {
    env: { ...env, SSH_ASKPASS_REQUIRE: 'force' },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}
writeFileSync(path('askpass'), '#!/bin/sh\necho a passphrase\n', { mode: 0o755 });

/** The RSA key by its public file, the others by the places where their private halves would be. */
const config = (socket: string): string[] => [
  `HostKeyAgent ${socket}`,
  `HostKey ${path('ed25519')}`,
  `HostKey ${path('rsa.pub')}`,
  `HostKey ${path('ecdsa')}`,
  ...keys.map((key) => `HostCertificate ${path(`${key}-cert.pub`)}`),
];

async function logIn(server: { readonly port: number; readonly key: string }, algorithm: string) {
  const known = [`@cert-authority a.example ${line('ca')}`, ...keys.map((key) => `a.example ${line(key)}`)];
  writeFileSync(path('known_hosts'), known.join(''));
  const { code, stderr } = await runSsh(server.port, ['-i', server.key, 'root@127.0.0.1', 'true'], {
    settings: {
      HostKeyAlgorithms: algorithm,
      UserKnownHostsFile: path('known_hosts'),
      StrictHostKeyChecking: 'yes',
      HostKeyAlias: 'a.example',
      BatchMode: 'yes',
    },
  });
  return `${code} ${stderr}`.trim();
}

const algorithms = [
  'ssh-ed25519',
  'ssh-ed25519-cert-v01@openssh.com',
  'ecdsa-sha2-nistp256-cert-v01@openssh.com',
  'rsa-sha2-512',
  'rsa-sha2-256-cert-v01@openssh.com',
];

for (const program of ['ssh-agent', 'qssh-agent'] as const) {
  const socket = path(`${program}.socket`);
  const agent = await startAgent(program, socket);
  addTo(agent, '-q', ...keys.map((key) => path(`private/${key}`)));
  mkdirSync(path(program));
  const server = await startQsshd(path(program), config(socket));

  describe(`qsshd with its host keys in ${program}`, () => {
    for (const algorithm of algorithms)
      it(`signs by ${algorithm}`, async () => {
        assert.equal(await logIn(server, algorithm), '0');
      });

    it('tells its clients of keys in the agent, and proves them', async () => {
      const known = path('learned');
      writeFileSync(known, `a.example ${line('ed25519')}`);
      const wait = `for i in $(seq 100); do grep -q rsa ${known} && exit; sleep 0.1; done`;
      const settings = { UserKnownHostsFile: known, HostKeyAlias: 'a.example', UpdateHostKeys: 'yes' };
      await runSsh(server.port, ['-i', server.key, 'root@127.0.0.1', wait], { settings });
      assert.match(readFileSync(known, 'utf8'), /^a\.example ssh-rsa /m);
    });

    it('says which key cannot sign, and why, and goes on when the agent is unlocked, or there again', async () => {
      addTo(agent, '-x');
      assert.match(await logIn(server, 'ssh-ed25519'), /^255 /);
      await server.logged(
        /error: Cannot sign with host key ED25519 SHA256:\S+: the agent refused: it is locked, or was not given the key/,
      );
      addTo(agent, '-X');
      assert.equal(await logIn(server, 'ssh-ed25519'), '0');

      agent.process.kill();
      await once(agent.process, 'exit');
      rmSync(socket, { force: true });
      assert.match(await logIn(server, 'rsa-sha2-512'), /^255 /);
      await server.logged(
        /error: Cannot sign with host key RSA \S+: Could not connect to agent "[^"]+": No such file or directory: is it running\?/,
      );
      const next = await startAgent(program, socket);
      addTo(next, '-q', ...keys.map((key) => path(`private/${key}`)));
      assert.equal(await logIn(server, 'rsa-sha2-512'), '0');
      next.process.kill();
    });
  });
}

describe('HostKeyAgent', () => {
  const serve = (lines: readonly string[], env: Readonly<Record<string, string>> = {}): string => {
    writeFileSync(path('config'), `${lines.join('\n')}\n`);
    const proxy = `ProxyCommand=${process.execPath} ${QSSHD} -i -e -f ${path('config')}`;
    const words = ['-F', 'none', '-v', '-o', proxy, '-o', 'StrictHostKeyChecking=yes'];
    const known = ['-o', `UserKnownHostsFile=${path('known_hosts')}`, '-o', 'HostKeyAlias=b.example'];
    const all = [...words, ...known, '-o', 'BatchMode=yes', 'nobody@x'];
    return spawnSync('ssh', all, { encoding: 'utf8', env: { ...process.env, ...env } }).stderr;
  };

  it('may be the agent of the environment, and has keys whose files are encrypted', async () => {
    const agent = await startAgent('ssh-agent', path('own.socket'));
    addTo(agent, '-q', path('encrypted'));
    writeFileSync(path('known_hosts'), `b.example ${line('encrypted')}`);
    rmSync(path('encrypted.pub'));
    const lines = ['HostKeyAgent SSH_AUTH_SOCK', `HostKey ${path('encrypted')}`];
    assert.match(serve(lines, { SSH_AUTH_SOCK: agent.socket }), /Permission denied \(publickey/);
    const said = serve(lines, { SSH_AUTH_SOCK: '' });
    assert.match(said, /Could not connect to agent: SSH_AUTH_SOCK is not set/);
    assert.doesNotMatch(said, /Permission denied/);
    agent.process.kill();
  });

  it('is not asked for keys in files', () => {
    writeFileSync(path('known_hosts'), `b.example ${line('filed')}`);
    const lines = ['HostKeyAgent /none', `HostKey ${path('filed')}`];
    assert.match(serve(lines), /Could not connect to agent "\/none"[^]*Permission denied \(publickey/);
  });

  it('without one, a key that is in no file is none', () => {
    writeFileSync(path('config'), `HostKey ${path('rsa.pub')}\nHostKey ${path('ecdsa')}\n`);
    const words = [QSSHD, '-t', '-f', path('config')];
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /Unable to load host key: \S+ecdsa\r?\n[^]*Cannot use host key "\S+rsa\.pub"/);
  });
});
