// Agents that are forwarded between ours and OpenSSH 10.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startAgent } from '../interop/stage/agents.ts';
import { startQsshd } from '../interop/stage/qsshd.ts';
import { makeShared, runThere, startThere } from './debian-13.ts';
import { startSshd10 } from './sshd-10.ts';

const shared = makeShared();
const at = (name: string): string => join(shared.here, name);
const there = (name: string): string => join(shared.there, name);

execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', at('host10')]);
const qsshd = await startQsshd(shared.here);
const port = await startSshd10(shared, [
  `HostKey ${there('host10')}`,
  `AuthorizedKeysFile ${there('authorized_keys')}`,
]);
const hosts = { ours: `[127.0.0.1]:${qsshd.port}`, theirs: `[127.0.0.1]:${port}` };
writeFileSync(
  at('known'),
  `${hosts.ours} ${readFileSync(at('host_key.pub'), 'utf8')}${hosts.theirs} ${readFileSync(at('host10.pub'), 'utf8')}`,
);
await startAgent('qssh-agent', at('qssh-agent'));
const agent = startThere(['ssh-agent', '-D', '-a', there('ssh-agent')]);
after(() => void agent.kill());
if (agent.stdout !== null) await once(agent.stdout, 'data');

/** Words of ssh and qssh that lead to a port. @param place Where the file with the host keys is seen. */
function way(place: (name: string) => string, to: number): readonly string[] {
  const settings = [`UserKnownHostsFile=${place('known')}`, 'StrictHostKeyChecking=yes', 'BatchMode=yes'];
  return [
    '-F',
    'none',
    ...settings.flatMap((each) => ['-o', each]),
    '-o',
    'IdentityFile=none',
    '-p',
    String(to),
  ];
}

/** Gives the agent the key for the way over one host to the other. */
function give(name: string, first: string, second: string): void {
  const env = { ...process.env, SSH_AUTH_SOCK: at(name) };
  execFileSync('ssh-add', ['-qD'], { env });
  const destinations = ['-h', first, '-h', `${first}>${second}`];
  execFileSync('ssh-add', ['-q', '-H', at('known'), ...destinations, at('user_key')], { env });
}

/** What a session does there with the agent: logs in onwards, and back to where it is, which it may not. */
function onward(place: (name: string) => string, allowed: number, refused: number): string {
  const logIn = (to: number): string => ['ssh', ...way(place, to), 'root@127.0.0.1', "'echo in'"].join(' ');
  return `ssh-add -l | wc -l; ${logIn(allowed)}; ${logIn(refused)} 2>&1 | tail -1`;
}

const expected = /^1\nin\nroot@127\.0\.0\.1: Permission denied \(publickey/;

for (const name of ['qssh-agent', 'ssh-agent']) {
  test(`ssh 10.0 -A forwards ${name} to qsshd, where a key goes on to the host that it may`, () => {
    give(name, hosts.ours, hosts.theirs);
    const words = ['ssh', '-A', ...way(there, qsshd.port), 'root@127.0.0.1', onward(at, port, qsshd.port)];
    const { out, err } = runThere(['env', `SSH_AUTH_SOCK=${there(name)}`, ...words]);
    assert.match(out, expected, err);
  });

  test(`qssh -A forwards ${name} to sshd 10.0, where a key goes on to the host that it may`, () => {
    give(name, hosts.theirs, hosts.ours);
    const qssh = join(import.meta.dirname, '../../bin/qssh');
    const words = ['-A', ...way(at, port), 'root@127.0.0.1', onward(there, qsshd.port, port)];
    const { stdout, stderr } = spawnSync(qssh, words, {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: shared.here, SSH_AUTH_SOCK: at(name) },
      timeout: 60_000,
    });
    assert.match(stdout, expected, stderr);
    assert.equal(stderr, '');
  });
}
