import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Sshd, startSshd } from '../e2e/stage/sshd.ts';
import { startAgent } from './stage/agents.ts';
import { makeFolder } from './stage/folder.ts';

const folder = makeFolder();
const program = join(import.meta.dirname, '../../bin/qssh-agent');
const NOBODY = 65_534;
let sshd: Sshd;

before(async () => {
  sshd = await startSshd(join(folder, 'sshd'), '', []);
});

after(() => sshd.stop());

const askpass = join(folder, 'askpass');
const asked = join(folder, 'asked');
/** Agrees, or not, and writes down what it was asked. */
function answerWith(code: number): void {
  writeFileSync(askpass, `#!/bin/sh\nprintf '%s|%s' "$SSH_ASKPASS_PROMPT" "$1" > ${asked}\nexit ${code}\n`);
  chmodSync(askpass, 0o755);
}
answerWith(0);

const agent = await startAgent('qssh-agent', join(folder, 'agent'), [], {
  SSH_ASKPASS: askpass,
  SSH_ASKPASS_REQUIRE: 'force',
});

function add(...words: readonly string[]): void {
  execFileSync('ssh-add', words, { env: { ...process.env, SSH_AUTH_SOCK: agent.socket }, stdio: 'pipe' });
}

function list(socket = agent.socket, prefix: readonly string[] = []) {
  const [file, ...words] = [...prefix, 'ssh-add', '-l'];
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  const { status, stdout } = spawnSync(file, words, { encoding: 'utf8', env });
  return { status, stdout };
}

const isEmpty = { status: 1, stdout: 'The agent has no identities.\n' };

function newKey(name: string, ...words: readonly string[]): string {
  const path = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-C', name, '-N', '', '-f', path, ...words]);
  sshd.authorize(readFileSync(`${path}.pub`, 'utf8'));
  return path;
}

/** By Debian's ssh, with the agent's keys. */
function logIn(...words: readonly string[]): number | null {
  const settings = ['-F', 'none', '-p', String(sshd.port), '-o', 'BatchMode=yes', '-o', 'UpdateHostKeys=no'];
  const hosts = [
    '-o',
    `UserKnownHostsFile=${join(folder, 'known_hosts')}`,
    '-o',
    'StrictHostKeyChecking=accept-new',
  ];
  const env = { ...process.env, SSH_AUTH_SOCK: agent.socket, HOME: folder };
  return spawnSync('ssh', [...settings, ...hosts, ...words, '127.0.0.1', 'true'], { env }).status;
}

for (const [type, ...size] of [['ed25519'], ['ecdsa'], ['rsa', '-b', '2048']] as const)
  test(`ssh logs in by a key that ssh-add gave to qssh-agent: ${type}`, () => {
    const key = newKey(type, '-t', type, ...size);
    add('-q', key);
    renameSync(key, `${key}-away`);
    assert.equal(logIn(), 0);
    assert.equal(logIn('-i', `${key}.pub`, '-o', 'IdentitiesOnly=yes'), 0);
    add('-qD');
    assert.equal(logIn(), 255);
  });

test('ssh logs in by a certificate in qssh-agent', () => {
  const ca = newKey('ca', '-t', 'ed25519');
  const key = newKey('certified', '-t', 'ed25519');
  const { username } = userInfo();
  execFileSync('ssh-keygen', ['-q', '-s', ca, '-I', 'id', '-n', username, `${key}.pub`]);
  sshd.authorize(`cert-authority ${readFileSync(`${ca}.pub`, 'utf8')}`);
  add('-q', key);
  renameSync(key, `${key}-away`);
  assert.equal(logIn(), 0);
  add('-qD');
});

test('qssh-agent asks before a key is used that ssh-add -c gave', () => {
  const key = newKey('confirmed', '-t', 'ed25519');
  add('-q', '-c', key);
  renameSync(key, `${key}-away`);
  assert.equal(logIn(), 0);
  const print = execFileSync('ssh-keygen', ['-lf', `${key}.pub`], { encoding: 'utf8' }).split(' ')[1];
  assert.equal(
    readFileSync(asked, 'utf8'),
    `confirm|Allow use of key confirmed?\nKey fingerprint ${print}.\nTo log in as ${userInfo().username}.`,
  );
  answerWith(1);
  assert.equal(logIn(), 255);
  add('-qD');
});

test('a key with a destination logs in there by ssh, and nowhere else', () => {
  const key = newKey('bound', '-t', 'ed25519');
  logIn(); // learns the host
  const hosts = join(folder, 'known_hosts');
  add('-q', '-H', hosts, '-h', `[127.0.0.1]:${sshd.port}`, key);
  renameSync(key, `${key}-away`);
  assert.equal(logIn(), 0);
  add('-qD');
  writeFileSync(join(folder, 'other_hosts'), `elsewhere ${readFileSync(`${key}.pub`, 'utf8')}`);
  add('-q', '-H', join(folder, 'other_hosts'), '-h', 'elsewhere', `${key}-away`);
  assert.equal(list().status, 0);
  assert.equal(logIn(), 255);
  add('-qD');
});

test('ssh-add locks and unlocks qssh-agent', () => {
  add('-q', newKey('hidden', '-t', 'ed25519'));
  const secret = join(folder, 'secret');
  writeFileSync(secret, '#!/bin/sh\necho secret\n', { mode: 0o755 });
  const env = {
    ...process.env,
    SSH_AUTH_SOCK: agent.socket,
    SSH_ASKPASS: secret,
    SSH_ASKPASS_REQUIRE: 'force',
  };
  const turn = (flag: string) => spawnSync('ssh-add', [flag], { encoding: 'utf8', env }).stderr;
  assert.equal(turn('-x'), 'Agent locked.\n');
  assert.deepEqual(list(), isEmpty);
  assert.doesNotMatch(turn('-x'), /locked/);
  assert.equal(turn('-X'), 'Agent unlocked.\n');
  assert.equal(list().status, 0);
  add('-qD');
});

test('qssh-agent lets its own user in alone', () => {
  assert.equal(statSync(agent.socket).mode & 0o777, 0o600);
  const asNobody = ['setpriv', '--reuid', String(NOBODY), '--clear-groups'];
  chmodSync(agent.socket, 0o666);
  chmodSync(folder, 0o755);
  const refused = list(agent.socket, asNobody); // its status is null where the end comes before the question: SIGPIPE
  assert.equal(refused.stdout, '');
  assert.notEqual(refused.status, 0);
  assert.deepEqual(list(), isEmpty);
});

test('qssh-agent of a user lets root in, and hides its memory from other processes of the user', async () => {
  const own = join(folder, 'own');
  mkdirSync(own);
  chownSync(own, NOBODY, NOBODY);
  const child = spawn(
    'setpriv',
    ['--reuid', String(NOBODY), '--clear-groups', program, '-D', '-a', join(own, 'agent')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, HOME: own },
    },
  );
  const [said] = (await once(child.stdout.setEncoding('utf8'), 'data')).map(String);
  const [, pid = ''] = /Agent pid (\d+);/.exec(said ?? '') ?? [];
  assert.deepEqual(list(join(own, 'agent')), isEmpty);
  assert.equal(statSync(`/proc/${pid}/mem`).uid, 0);
  child.kill();
  await once(child, 'close');
});

test('qssh-agent goes to the background and prints what a shell evaluates; -k ends it', () => {
  const script = [
    `eval "$(${program} -s)"`,
    'stat -c %a "$SSH_AUTH_SOCK" "$(dirname "$SSH_AUTH_SOCK")"',
    'ssh-add -l',
    'kill -USR1 $SSH_AGENT_PID', // at which Node.js would open a debugger
    'ssh-add -l',
    'echo "$SSH_AUTH_SOCK"',
    `eval "$(${program} -k)"`,
    'echo "${SSH_AUTH_SOCK-none} ${SSH_AGENT_PID-none}"',
  ].join('\n');
  const { stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  const lines = stdout.split('\n');
  assert.match(lines[0] ?? '', /^Agent pid \d+$/);
  assert.deepEqual(lines.slice(1, 5), ['600', '700', isEmpty.stdout.trim(), isEmpty.stdout.trim()]);
  assert.match(lines[5] ?? '', /\/ssh-[^/]+\/agent\.\d+$/);
  assert.match(lines[6] ?? '', /^Agent pid \d+ killed$/);
  assert.equal(lines[7], 'none none');
  assert.equal(stderr, '');
});

test('qssh-agent -k says that there is none to end', () => {
  const env = { PATH: process.env['PATH'] };
  const { status, stderr } = spawnSync(program, ['-k'], { encoding: 'utf8', env });
  assert.deepEqual([status, stderr], [1, 'SSH_AGENT_PID not set, cannot kill agent\n']);
  const bad = spawnSync(program, ['-k'], { encoding: 'utf8', env: { ...env, SSH_AGENT_PID: '-1' } });
  assert.deepEqual([bad.status, bad.stderr], [1, 'SSH_AGENT_PID="-1", which is not a good PID\n']);
});

test('qssh-agent ends with the command that it runs, and with its code', () => {
  const { status, stdout } = spawnSync(program, ['sh', '-c', 'ssh-add -l; echo "$SSH_AUTH_SOCK"; exit 7'], {
    encoding: 'utf8',
  });
  const [said, socket = ''] = stdout.split('\n');
  assert.deepEqual([status, said], [7, 'The agent has no identities.']);
  assert.equal(existsSync(dirname(socket)), false);
  const missing = spawnSync(program, ['/nowhere/command'], { encoding: 'utf8' });
  assert.deepEqual([missing.status, missing.stderr], [1, '/nowhere/command: No such file or directory\n']);
});

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const)
  test(`qssh-agent in the foreground removes its socket at ${signal}`, async () => {
    const { process: child, socket } = await startAgent('qssh-agent', join(folder, signal));
    assert.equal(existsSync(socket), true);
    child.kill(signal);
    await once(child, 'close');
    assert.equal(child.exitCode, 2);
    assert.equal(existsSync(socket), false);
  });

test('qssh-agent takes no socket that is there', () => {
  const { status, stderr } = spawnSync(program, ['-a', agent.socket], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /^qssh-agent: .*address already in use/i);
  assert.deepEqual(list(), isEmpty);
});

test('qssh-agent -t forgets keys by itself', async () => {
  const { socket } = await startAgent('qssh-agent', join(folder, 'short'), ['-t', '1']);
  const key = newKey('short-lived', '-t', 'ed25519');
  const added = Date.now();
  execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  let listed = list(socket);
  while (listed.status === 0 && Date.now() < added + 10_000) listed = list(socket);
  assert.deepEqual(listed, isEmpty);
  assert.ok(Date.now() >= added + 1000);
});
