// When keys are pressed, as the server of Debian 13 sees it: OpenSSH 10.0 answers the pings that hide it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Screen } from '../e2e/stage/screen.ts';
import { makeFolder } from '../interop/stage/folder.ts';
import { freePort } from '../interop/stage/free-port.ts';
import { debian13, makeShared } from './debian-13.ts';

const QSSH = join(import.meta.dirname, '../../bin/qssh');

const home = makeFolder();
const shared = makeShared();
const port = await freePort();
await startServer();

async function startServer(): Promise<void> {
  for (const name of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, name)]);
  copyFileSync(join(home, 'host'), join(shared.here, 'host'));
  chmodSync(join(shared.here, 'host'), 0o600);
  copyFileSync(join(home, 'user.pub'), join(shared.here, 'authorized'));
  mkdirSync(join(home, '.ssh'), { mode: 0o700 });
  const config = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${shared.there}/host`,
    `AuthorizedKeysFile ${shared.there}/authorized`,
    'PermitRootLogin yes',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
  ];
  writeFileSync(join(shared.here, 'sshd_config'), `${config.join('\n')}\n`);
  // The tree has no terminals of its own.
  const enter = 'mount --bind /dev/pts "$0/dev/pts" && exec chroot "$0" /usr/sbin/sshd "$@"';
  const words = ['--mount', 'sh', '-c', enter, debian13(), '-D', '-e', '-f', `${shared.there}/sshd_config`];
  mkdirSync(join(debian13(), 'run/sshd'), { recursive: true });
  const sshd = spawn('unshare', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  after(() => void sshd.kill());
  let log = '';
  sshd.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  while (!log.includes('Server listening')) {
    if (sshd.exitCode !== null) throw new Error(`Cannot start sshd: ${log}`);
    await once(sshd.stderr, 'data');
  }
}

/** Types three keys, then ends the program; how many pieces then went out and came in. */
async function type(setting: string): Promise<{ readonly out: number; readonly in: number }> {
  const trace = join(home, 'trace');
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', setting];
  const flags = ['--trace', trace, ...options.flatMap((option) => ['-o', option])];
  const where = ['-i', join(home, 'user'), '-p', String(port), 'root@127.0.0.1'];
  const screen = new Screen({ home }, ['-F', 'none', ...flags, '-t', ...where, 'echo ready; cat'], QSSH);
  await screen.until(/ready/);
  const before = piecesOf(trace).length;
  for (const key of 'abc') {
    screen.press(key);
    await screen.until(new RegExp(key));
  }
  await setTimeout(500); // in which nothing is typed
  screen.press('\x03');
  await screen.ended;
  const pieces = piecesOf(trace).slice(before);
  const those = (direction: string): number => pieces.filter((line) => line.includes(direction)).length;
  return { out: those('"out"'), in: those('"in"') };
}

function piecesOf(trace: string): string[] {
  return readFileSync(trace, 'utf8').split('\n').filter(Boolean);
}

suite('keystrokes of qssh', () => {
  test('are hidden among pings, which OpenSSH answers', async () => {
    const [plain, hidden] = [
      await type('ObscureKeystrokeTiming=no'),
      await type('ObscureKeystrokeTiming=yes'),
    ];
    assert.ok(plain.out <= 10, `${plain.out} pieces`);
    // One each 20 ms, also when nothing is typed any more.
    assert.ok(hidden.out > plain.out + 5, `${hidden.out} pieces after ${plain.out}`);
    assert.ok(hidden.in > plain.in + 5, `${hidden.in} pieces after ${plain.in}`);
  });
});
