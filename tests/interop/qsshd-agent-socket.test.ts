// The socket by which qsshd gives programs the agent of a client: where it is, for how long, and for whom there is none.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { makeFolder } from './stage/folder.ts';
import { startForwarding } from './stage/forwarding.ts';

const folder = makeFolder();
const ALLOWED = '127.0.0.1';
const stage = await startForwarding(
  folder,
  [
    'Match Address 127.0.0.2',
    'AllowAgentForwarding no',
    'Match Address 127.0.0.3',
    'DisableForwarding yes',
    'Match Address 127.0.0.4',
    `TrustedUserCAKeys ${folder}/ca.pub`,
  ],
  { lost: { home: '/nonexistent' } },
);
stage.give('ssh-agent');
const sockets = join(stage.home, '.ssh', 'agent');

/** What a command says in a session with an agent, if it gets one. */
async function run(command: string, from = ALLOWED, ...words: readonly string[]) {
  const { code, stdout } = await stage.logIn('ssh', 'ssh-agent', [
    '-A',
    '-b',
    from,
    ...words,
    'qsshd',
    command,
  ]);
  return { code, stdout };
}

/** A session's end is told before all of it is over. */
async function untilThereAre(count: number): Promise<void> {
  while (readdirSync(sockets).length > count) await setTimeout(5);
}

const ask = 'ssh-add -l >/dev/null 2>&1; echo $? ${SSH_AUTH_SOCK+set}';
const has = { code: 0, stdout: '0 set\n' };
const hasNone = { code: 0, stdout: '2\n' };

test('qsshd makes the socket in a folder of the user alone, and takes it away with the session', async () => {
  const { stdout } = await run(
    'stat -c "%a %F" "$(dirname "$SSH_AUTH_SOCK")" "$SSH_AUTH_SOCK"; echo "$SSH_AUTH_SOCK"',
  );
  const [place, socket, path = ''] = stdout.split('\n');
  assert.deepEqual([place, socket], ['700 directory', '600 socket']);
  assert.match(path.slice(sockets.length), /^\/s\.[0-9a-f]{10}\.qsshd\.[\w-]{16}$/);
  assert.equal(path.startsWith(sockets), true);
  await untilThereAre(0);
});

test('qsshd gives an agent to programs with a terminal as well', async () => {
  assert.deepEqual(await run(ask, ALLOWED, '-tt'), { code: 0, stdout: '0 set\r\n' });
});

test('qsshd forwards no agent that nobody offers', async () => {
  const { stdout } = await stage.logIn('ssh', 'ssh-agent', ['qsshd', ask]);
  assert.equal(stdout, hasNone.stdout);
});

test('qsshd obeys AllowAgentForwarding and DisableForwarding', async () => {
  assert.deepEqual(await run(ask), has);
  for (const from of ['127.0.0.2', '127.0.0.3']) assert.deepEqual(await run(ask, from), hasNone);
});

test('qsshd obeys the options of the key', async () => {
  const { keyLine } = stage.qsshd;
  for (const [options, expected] of [
    ['restrict', hasNone],
    ['no-agent-forwarding', hasNone],
    ['restrict,agent-forwarding', has],
    ['no-pty,no-port-forwarding', has],
  ] as const) {
    stage.qsshd.authorize(`${options} ${keyLine}\n`);
    assert.deepEqual(await run(ask), expected, options);
  }
  stage.qsshd.authorize(`${keyLine}\n`);
});

test('qsshd obeys the extensions of a certificate', async () => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'ca')]);
  for (const [words, expected] of [
    [[], has],
    [['-O', 'no-agent-forwarding'], hasNone],
  ] as const) {
    const made = ['-q', '-s', join(folder, 'ca'), '-I', 'id', '-n', 'root', ...words, `${stage.key}.pub`];
    writeFileSync(`${stage.key}.pub`, `${stage.qsshd.keyLine}\n`);
    execFileSync('ssh-keygen', made);
    stage.qsshd.authorize('');
    const certificate = ['-o', `CertificateFile=${stage.key}-cert.pub`, '-i', stage.key];
    assert.deepEqual(await run(ask, '127.0.0.4', ...certificate), expected, words.join(' '));
  }
  stage.qsshd.authorize(`${stage.qsshd.keyLine}\n`);
});

test('qsshd makes the socket in /tmp for who has no home', async () => {
  const command =
    'ssh-add -l >/dev/null && echo "$SSH_AUTH_SOCK" && stat -c %a "$(dirname "$SSH_AUTH_SOCK")"';
  const { stdout } = await run(command, ALLOWED, '-l', 'lost');
  const [path = '', mode] = stdout.split('\n');
  assert.match(path, /^\/tmp\/ssh-\w{6}\/agent\.\d+$/);
  assert.equal(mode, '700');
  while (existsSync(join(path, '..'))) await setTimeout(5);
});

test('qsshd takes the socket away when the client is gone without a word', async () => {
  const words = ['-F', join(folder, 'config'), '-A', 'qsshd', 'echo ready; exec sleep 60'];
  const client = spawn('/usr/bin/ssh', words, {
    env: { PATH: process.env['PATH'], SSH_AUTH_SOCK: stage.sockets['ssh-agent'] },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await once(client.stdout, 'data');
  assert.equal(readdirSync(sockets).length, 1);
  client.kill('SIGKILL');
  await untilThereAre(0);
});

test('qsshd removes the socket of a process that was killed when the next one is made, and no other', async () => {
  await run('kill -9 $PPID');
  const [left = ''] = readdirSync(sockets);
  assert.match(left, /^s\./);
  const foreign = join(sockets, left.replace(/^s\.\w+/, 's.0000000000'));
  writeFileSync(foreign, '');
  assert.deepEqual(await run(ask), has);
  await untilThereAre(2);
  assert.equal(existsSync(join(sockets, left)), true); // it might have been made just now
  for (const path of [foreign, join(sockets, left)]) utimesSync(path, 1, 1);
  const { stdout } = await run(
    `for i in $(seq 1000); do [ -e ${join(sockets, left)} ] && sleep 0.01; done; ls ${sockets} | wc -l; ${ask}`,
  );
  assert.equal(stdout, `2\n${has.stdout}`);
  assert.equal(readFileSync(foreign, 'utf8'), '');
});
