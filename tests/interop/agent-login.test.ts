import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Account, createAccount } from './stage/qssh-account.ts';
import { startAgent } from './stage/agents.ts';
import { makeFolder } from './stage/folder.ts';

const folder = makeFolder();
const agent = await startAgent('ssh-agent', join(folder, 'agent'));
const ours = await startAgent('qssh-agent', join(folder, 'ours'));
let account: Account;

before(async () => {
  account = await createAccount();
});

after(() => account.end());

function add(...words: readonly string[]): void {
  execFileSync('ssh-add', words, { env: { ...process.env, SSH_AUTH_SOCK: agent.socket }, stdio: 'pipe' });
}

function listed(): string {
  return execFileSync('ssh-add', ['-L'], {
    env: { ...process.env, SSH_AUTH_SOCK: agent.socket },
    encoding: 'utf8',
  });
}

/** A new key that may log in; the path of its file. */
function authorizedKey(name: string, ...words: readonly string[]): string {
  const path = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-C', name, '-f', path, ...words]);
  account.sshd.authorize(readFileSync(`${path}.pub`, 'utf8'));
  return path;
}

function logIn(...words: readonly string[]) {
  return account.run([...words, ...account.way, 'echo in'], '', { SSH_AUTH_SOCK: agent.socket });
}

const isIn = { code: 0, stdout: 'in\n', stderr: '' };

for (const [type, ...size] of [['ed25519'], ['ecdsa'], ['rsa', '-b', '2048']] as const)
  test(`qssh logs in by a key of the agent: ${type}`, async () => {
    const key = authorizedKey(type, '-t', type, ...size, '-N', '');
    add('-q', key);
    assert.deepEqual(await logIn(), isIn);
    renameSync(key, `${key}-away`);
    assert.deepEqual(await logIn('-i', `${key}.pub`, '-o', 'IdentitiesOnly yes'), isIn);
    const [refused, none] = [
      await logIn('-o', 'IdentitiesOnly yes'),
      await logIn('-o', 'IdentityAgent none', '-i', `${key}.pub`, '-o', 'IdentitiesOnly yes'),
    ];
    assert.deepEqual([refused.code, none.code], [255, 255]);
    add('-qD');
  });

test('qssh finds the agent by a path and by a variable', async () => {
  const key = authorizedKey('named', '-t', 'ed25519', '-N', '');
  add('-q', key);
  const run = (value: string, environment: Readonly<Record<string, string>>) =>
    account.run(['-o', `IdentityAgent ${value}`, ...account.way, 'echo in'], '', environment);
  assert.deepEqual(await run(agent.socket, {}), isIn);
  assert.deepEqual(await run('$MY_AGENT', { MY_AGENT: agent.socket }), isIn);
  assert.deepEqual(await run('SSH_AUTH_SOCK', { SSH_AUTH_SOCK: agent.socket }), isIn);
  assert.equal((await run('$MY_AGENT', { SSH_AUTH_SOCK: agent.socket })).code, 255);
  assert.equal((await run('/nowhere', { SSH_AUTH_SOCK: agent.socket })).code, 255);
  add('-qD');
});

test('qssh offers keys of the agent first that are configured, then its others, then files', async () => {
  const paths = ['one', 'two', 'three'].map((name) => authorizedKey(name, '-t', 'ed25519', '-N', ''));
  const [one = '', two = '', three = ''] = paths;
  account.sshd.authorize('');
  add('-q', one, two);
  const { stderr } = await logIn('-v', '-i', three, '-i', two);
  const offered = [...stderr.matchAll(/Offering public key: (\S+) .*?( agent)?$/gm)].map(
    ([, name = '', by = '']) => name + by,
  );
  assert.deepEqual(offered, [`${two} agent`, 'one agent', three]);
  add('-qD');
});

test('qssh binds the agent to the session: a key with a destination logs in there, and nowhere else', async () => {
  const key = authorizedKey('bound', '-t', 'ed25519', '-N', '');
  const [, port = ''] = account.way;
  const hosts = join(folder, 'known_hosts');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'elsewhere')]);
  const here = `[127.0.0.1]:${port}`;
  writeFileSync(
    hosts,
    `${here} ${account.hostKey}\nelsewhere ${readFileSync(join(folder, 'elsewhere.pub'), 'utf8')}`,
  );
  add('-q', '-H', hosts, '-h', here, key);
  renameSync(key, `${key}-away`);
  assert.deepEqual(await logIn(), isIn);
  add('-qD');
  add('-q', '-H', hosts, '-h', 'elsewhere', `${key}-away`);
  const refused = await logIn();
  assert.equal(refused.code, 255);
  assert.match(refused.stderr, /Permission denied \(publickey\)\.\n$/);
  add('-qD');
});

test('qssh logs in by what qssh-add gave to qssh-agent, where it may go', async () => {
  const key = authorizedKey('all-ours', '-t', 'ed25519', '-N', '');
  const hosts = join(folder, 'our_known_hosts');
  const [, port = ''] = account.way;
  writeFileSync(
    hosts,
    `[127.0.0.1]:${port} ${account.hostKey}\nelsewhere ${readFileSync(`${key}.pub`, 'utf8')}`,
  );
  const environment = { SSH_AUTH_SOCK: ours.socket };
  const qsshAdd = (...words: readonly string[]) =>
    execFileSync(join(import.meta.dirname, '../../bin/qssh-add'), ['-q', ...words], {
      env: { ...process.env, ...environment },
    });
  renameSync(key, `${key}-away`);
  const words = [...account.way, 'echo in'];
  qsshAdd('-H', hosts, '-h', `[127.0.0.1]:${port}`, `${key}-away`);
  assert.deepEqual(await account.run(words, '', environment), isIn);
  qsshAdd('-H', hosts, '-h', `[127.0.0.1]:${port}>elsewhere`, '-h', 'elsewhere', `${key}-away`);
  assert.equal((await account.run(words, '', environment)).code, 255);
});

test('qssh tells that the agent refused to sign', async () => {
  const key = authorizedKey('asked', '-t', 'ed25519', '-N', '');
  add('-q', '-c', key); // and the agent has nobody to ask
  const { code, stderr } = await logIn();
  assert.equal(code, 255);
  assert.match(
    stderr,
    /^sign_and_send_pubkey: signing failed for "asked" from agent: agent refused operation$/m,
  );
  add('-qD');
});

test('AddKeysToAgent gives the agent what was unlocked, for as long as it says', async () => {
  const key = authorizedKey('locked', '-t', 'ed25519', '-N', 'secret');
  const answer = join(folder, 'answer');
  writeFileSync(answer, '#!/bin/sh\necho secret\n');
  chmodSync(answer, 0o755);
  const unlock = (value: string) =>
    account.run(
      ['-o', `AddKeysToAgent ${value}`, '-o', 'IdentitiesOnly yes', '-i', key, ...account.way, 'echo in'],
      '',
      { SSH_AUTH_SOCK: agent.socket, SSH_ASKPASS: answer, SSH_ASKPASS_REQUIRE: 'force' },
    );
  assert.deepEqual(await unlock('no'), isIn);
  assert.throws(listed);
  assert.deepEqual(await unlock('yes'), isIn);
  assert.equal(listed(), readFileSync(`${key}.pub`, 'utf8'));
  assert.deepEqual(await logIn('-o', 'IdentitiesOnly yes', '-i', key), isIn);
  add('-qD');
  assert.deepEqual(await unlock('confirm 1h'), isIn);
  assert.equal(listed(), readFileSync(`${key}.pub`, 'utf8'));
  assert.equal((await logIn('-o', 'IdentitiesOnly yes', '-i', key)).code, 255); // nobody confirms
  add('-qD');
});
