// ExposeAuthInfo: what programs can read about the login is what OpenSSH's server writes.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { startSshd } from '../e2e/stage/sshd.ts';
import { makeFolder } from './stage/folder.ts';
import { startQsshd } from './stage/qsshd.ts';
import { runSsh, type SshRun } from './stage/ssh.ts';

const folder = makeFolder();
const config = ['ExposeAuthInfo yes', 'AuthenticationMethods publickey,publickey', 'AcceptEnv SSH_*'];
const ours = await startQsshd(folder, config);
const second = join(folder, 'second_key');
execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-N', '', '-C', 'comment', '-f', second]);
const keyLines = `${ours.keyLine}\n${readFileSync(`${second}.pub`, 'utf8')}`;
ours.authorize(keyLines);
const theirs = await startSshd(join(folder, 'sshd'), keyLines, config);
after(() => theirs.stop());
mkdirSync(join(folder, 'plain'));
const plain = await startQsshd(join(folder, 'plain'), ['AcceptEnv PLANET']);

function run(port: number, keys: readonly string[], command: string): Promise<SshRun> {
  const args = [...keys.flatMap((key) => ['-i', key]), '-o', 'IdentitiesOnly=yes', 'root@127.0.0.1', command];
  return runSsh(port, args, {
    env: { SSH_USER_AUTH: '/etc/passwd' },
    settings: { SendEnv: 'SSH_USER_AUTH' },
  });
}

suite('ExposeAuthInfo', () => {
  test('lists the keys in their order, as sshd does, for the user alone', async () => {
    const keys = [second, ours.key];
    const command = 'cat "$SSH_USER_AUTH"; stat -c "%a %u %g %F" "$SSH_USER_AUTH"';
    const [expected, found] = await Promise.all(
      [theirs.port, ours.port].map((port) => run(port, keys, command)),
    );
    assert.equal(found?.stdout.toString(), expected?.stdout.toString());
    const lines = (found?.stdout.toString() ?? '').split('\n');
    assert.match(lines[0] ?? '', /^publickey ssh-rsa AAAA\S+$/);
    assert.match(lines[1] ?? '', /^publickey ssh-ed25519 AAAA\S+$/);
    assert.equal(lines[2], '600 0 0 regular file');
  });

  test('leaves nothing behind', async () => {
    const changes = watch('/tmp');
    const { stdout } = await run(ours.port, [ours.key, second], 'ls "$SSH_USER_AUTH"');
    const path = stdout.toString().trim();
    assert.match(path, /^\/tmp\/sshauth\.[0-9a-f]{24}$/);
    while (existsSync(path)) await once(changes, 'change');
    changes.close();
  });

  test('is not there unless it is asked for', async () => {
    const { stdout } = await run(plain.port, [plain.key], 'env');
    assert.doesNotMatch(stdout.toString(), /SSH_USER_AUTH/);
    assert.match(stdout.toString(), /SSH_CONNECTION/);
  });
});
