// Agents, and logins by certificates and by keys of agents, with OpenSSH 10.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { startAgent } from '../interop/stage/agents.ts';
import { startQsshd } from '../interop/stage/qsshd.ts';
import { type Ended, makeShared, runThere, startThere } from './debian-13.ts';
import { startSshd10 } from './sshd-10.ts';

const shared = makeShared();
const at = (name: string): string => join(shared.here, name);
const there = (name: string): string => join(shared.there, name);
const bin = (name: string): string => join(import.meta.dirname, '../../bin', name);

for (const name of ['ca', 'user', 'other', 'certified'])
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', at(name)]);
execFileSync('ssh-keygen', ['-q', '-s', at('ca'), '-I', 'it', '-n', 'root', at('certified.pub')]);

const qsshd = await startQsshd(shared.here, [`TrustedUserCAKeys ${at('ca.pub')}`]);
execFileSync('ssh-keygen', ['-q', '-hs', at('ca'), '-I', 'host', '-n', '127.0.0.1', at('host_key.pub')]);
const port = await startSshd10(shared, [
  `HostKey ${there('host_key')}`,
  `HostCertificate ${there('host_key-cert.pub')}`,
  `AuthorizedKeysFile ${there('other.pub')}`,
  `TrustedUserCAKeys ${there('ca.pub')}`,
]);
await startAgent('qssh-agent', at('ours'));
const agent = startThere(['ssh-agent', '-D', '-a', there('theirs')]);
after(() => void agent.kill());
if (agent.stdout !== null) await once(agent.stdout, 'data');

function runHere(name: string, words: readonly string[], socket: string, input = ''): Ended {
  const { status, stdout, stderr } = spawnSync(bin(name), words, {
    input,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: shared.here, SSH_AUTH_SOCK: at(socket) },
    timeout: 60_000,
  });
  return { code: status, out: stdout, err: stderr };
}

function run13(name: string, words: readonly string[], socket: string, input = ''): Ended {
  return runThere(['env', `SSH_AUTH_SOCK=${there(socket)}`, `HOME=${shared.there}`, name, ...words], input);
}

function does(ended: Ended): string {
  assert.equal(ended.code, 0, ended.err);
  return ended.out;
}

const line = (name: string): string => `${readFileSync(at(`${name}.pub`), 'utf8').trimEnd()}\n`;

const pairs = [
  ['ssh-add 10.0 and qssh-agent', (words: readonly string[]) => run13('ssh-add', words, 'ours'), there],
  ['qssh-add and ssh-agent 10.0', (words: readonly string[]) => runHere('qssh-add', words, 'theirs'), at],
] as const;

for (const [name, add, path] of pairs)
  suite(name, () => {
    test('add, list, test, take away and find nothing', () => {
      does(add(['-q', path('user')]));
      does(add(['-q', '-t', '1h', path('other')]));
      assert.equal(does(add(['-L'])), line('user') + line('other'));
      does(add(['-T', path('user.pub')]));
      does(add(['-q', '-d', path('user.pub')]));
      assert.equal(does(add(['-L'])), line('other'));
      assert.notEqual(add(['-T', path('user.pub')]).code, 0);
      does(add(['-q', '-D']));
      assert.deepEqual([add(['-L']).code, add(['-L']).out], [1, 'The agent has no identities.\n']);
    });

    test('hold a certificate beside its key', () => {
      does(add(['-q', path('certified')]));
      assert.equal(does(add(['-L'])), line('certified') + line('certified-cert'));
      does(add(['-q', '-D']));
    });
  });

const trusting = ['-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes', '-F', 'none'];
const known = (name: string): string[] => ['-o', `UserKnownHostsFile=${name}`];

suite('ssh 10.0 logs in to qsshd', () => {
  const logIn = (...words: readonly string[]): Ended => {
    writeFileSync(at('known'), `[127.0.0.1]:${qsshd.port} ${line('host_key')}`);
    const where = ['-p', String(qsshd.port), 'root@127.0.0.1', 'echo in'];
    return run13('ssh', ['-v', ...trusting, ...known(there('known')), ...words, ...where], 'ours');
  };

  test('by a certificate in a file', () => {
    const { code, out, err } = logIn('-i', there('certified'), '-o', 'IdentitiesOnly=yes');
    assert.deepEqual([code, out], [0, 'in\n'], err);
    assert.match(err, /Server accepts key: .* ED25519-CERT /);
    assert.notEqual(logIn('-i', there('other'), '-o', 'IdentitiesOnly=yes').code, 0);
  });

  test('by a key of qssh-agent for this host alone', () => {
    qsshd.authorize(line('other'));
    writeFileSync(at('known'), `[127.0.0.1]:${qsshd.port} ${line('host_key')}b.example ${line('ca')}`);
    const constrain = (to: string): void => {
      does(run13('ssh-add', ['-q', '-H', there('known'), '-h', to, there('other')], 'ours'));
    };
    constrain('b.example');
    assert.notEqual(logIn('-o', 'IdentityFile=none').code, 0);
    does(run13('ssh-add', ['-q', '-D'], 'ours'));
    constrain(`[127.0.0.1]:${qsshd.port}`);
    const { code, out, err } = logIn('-o', 'IdentityFile=none');
    assert.deepEqual([code, out], [0, 'in\n'], err);
    does(run13('ssh-add', ['-q', '-D'], 'ours'));
  });
});

suite('qssh logs in to sshd 10.0', () => {
  const logIn = (knownHost: string, ...words: readonly string[]): Ended => {
    writeFileSync(at('known'), knownHost);
    const where = ['-p', String(port), 'root@127.0.0.1', 'echo in'];
    return runHere('qssh', ['-v', ...trusting, ...known(at('known')), ...words, ...where], 'theirs');
  };
  const hostKey = `[127.0.0.1]:${port} ${line('host_key')}`;

  test('by a certificate, which knows the host by its CA', () => {
    const certified = ['-i', at('certified'), '-o', 'IdentitiesOnly=yes'];
    const { code, out, err } = logIn(`@cert-authority 127.0.0.* ${line('ca')}`, ...certified);
    assert.deepEqual([code, out], [0, 'in\n'], err);
    assert.match(err, /Server host key: ssh-ed25519-cert-v01@openssh\.com/);
    assert.match(err, /Offering public key: .* ssh-ed25519-cert-v01@openssh\.com/);
    const stranger = logIn(`@cert-authority 127.0.0.* ${line('other')}`, ...certified);
    assert.match(stranger.err, /Host key verification failed/);
  });

  test('by a key of ssh-agent 10.0 for this host alone', () => {
    writeFileSync(at('known'), `${hostKey}b.example ${line('ca')}`);
    const constrain = (to: string): void => {
      does(runHere('qssh-add', ['-q', '-H', at('known'), '-h', to, at('other')], 'theirs'));
    };
    constrain('b.example');
    assert.notEqual(logIn(hostKey, '-o', 'IdentityFile=none').code, 0);
    does(runHere('qssh-add', ['-q', '-D'], 'theirs'));
    constrain(`[127.0.0.1]:${port}`);
    const { code, out, err } = logIn(hostKey, '-o', 'IdentityFile=none');
    assert.deepEqual([code, out], [0, 'in\n'], err);
    does(runHere('qssh-add', ['-q', '-D'], 'theirs'));
  });
});
