// Which agent qssh forwards, and what it says about it (ssh_config(5): ForwardAgent, IdentityAgent).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { frame, readFrames } from '../../packages/ssh/src/agent/frames.ts';
import { startAgent } from './stage/agents.ts';
import { makeFolder } from './stage/folder.ts';
import { type Account, createAccount } from './stage/qssh-account.ts';

const folder = makeFolder();
const [one, two] = [
  await startAgent('ssh-agent', join(folder, 'one')),
  await startAgent('ssh-agent', join(folder, 'two')),
];
for (const [name, { socket }] of Object.entries({ one, two })) {
  execFileSync('ssh-keygen', [
    '-q',
    '-t',
    'ed25519',
    '-N',
    '',
    '-C',
    name,
    '-f',
    join(folder, `key-${name}`),
  ]);
  execFileSync('ssh-add', ['-q', join(folder, `key-${name}`)], { env: { SSH_AUTH_SOCK: socket } });
}
let account: Account;

before(async () => {
  account = await createAccount(['PermitUserEnvironment no', 'MaxAuthTries 20']);
});

after(() => account.end());

/** The names of the keys that a program on the other side sees; none, if it has no agent. */
async function forwarded(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const command = 'ssh-add -l 2>/dev/null | cut -d" " -f3';
  const { code, stdout, stderr } = await account.run([...words, ...account.way, command], '', {
    SSH_AUTH_SOCK: one.socket,
    MY_AGENT: two.socket,
    ...environment,
  });
  return { code, names: stdout.trim(), stderr };
}

const [isOne, isTwo, isNone] = ['one', 'two', ''].map((names) => ({ code: 0, names, stderr: '' }));

test('qssh forwards the agent where -A or ForwardAgent says so, and -a takes that back', async () => {
  assert.deepEqual(await forwarded([]), isNone);
  assert.deepEqual(await forwarded(['-A']), isOne);
  assert.deepEqual(await forwarded(['-o', 'ForwardAgent yes']), isOne);
  assert.deepEqual(await forwarded(['-a', '-o', 'ForwardAgent yes']), isNone);
  assert.deepEqual(await forwarded(['-tt', '-A']), {
    ...isOne,
    stderr: 'Connection to 127.0.0.1 closed.\n',
  });
});

test('qssh forwards the agent of IdentityAgent, or the one that ForwardAgent names', async () => {
  const identityAgent = ['-o', `IdentityAgent ${two.socket}`];
  assert.deepEqual(await forwarded(['-A', ...identityAgent]), isTwo);
  assert.deepEqual(await forwarded(['-o', `ForwardAgent ${one.socket}`, ...identityAgent]), isOne);
  assert.deepEqual(await forwarded(['-o', `ForwardAgent ${two.socket}`]), isTwo);
  assert.deepEqual(await forwarded(['-o', 'ForwardAgent $MY_AGENT']), isTwo);
  assert.deepEqual(await forwarded(['-o', 'ForwardAgent ${MY_AGENT}']), isTwo);
  assert.deepEqual(await forwarded(['-o', 'ForwardAgent $MY_AGENT', '-o', 'IdentityAgent none']), isTwo);
});

test('qssh forwards nothing where there is no agent, and logs in all the same', async () => {
  assert.deepEqual(await forwarded(['-A', '-o', 'IdentityAgent none']), isNone);
  assert.deepEqual(await forwarded(['-A'], { SSH_AUTH_SOCK: '' }), isNone);
  assert.deepEqual(await forwarded(['-A'], { SSH_AUTH_SOCK: join(folder, 'nowhere') }), isNone);
  assert.deepEqual(await forwarded(['-o', 'ForwardAgent $NOT_SET']), isNone);
});

test('qssh warns of an agent that does not bind sessions, before the program runs', async () => {
  const path = join(folder, 'old');
  const asked: number[] = [];
  const server = createServer((socket) => {
    void (async () => {
      for await (const [number = 0] of readFrames(socket)) {
        asked.push(number);
        socket.write(frame(number === 11 ? Uint8Array.of(12, 0, 0, 0, 0) : Uint8Array.of(5)));
      }
    })().catch(() => undefined);
  }).listen(path);
  after(() => void server.close());
  await once(server, 'listening');
  const { names, stderr } = await forwarded(['-A'], { SSH_AUTH_SOCK: path });
  assert.equal(names, 'has'); // The agent has no identities.
  assert.equal(
    stderr,
    'Warning: the agent does not bind this session, so that it cannot tell 127.0.0.1 from here: keys with destinations are of no use there, all others as they are here.\n',
  );
  // For the login, to see whether it binds, and for ssh-add there.
  assert.deepEqual(asked, [27, 11, 27, 27, 11]);
});

test('qssh -v tells that a server does not take the agent', async () => {
  const refusing = await createAccount(['AllowAgentForwarding no']);
  const words = ['-v', '-A', ...refusing.way, 'true'];
  const { stderr } = await refusing.run(words, '', { SSH_AUTH_SOCK: one.socket });
  const { stderr: quiet } = await refusing.run(words.slice(1), '', { SSH_AUTH_SOCK: one.socket });
  await refusing.end();
  assert.match(stderr, /^127\.0\.0\.1 does not take the agent\.$/m);
  assert.equal(quiet, '');
});
