import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { formatPrivateKey, generatePrivateKey } from '@orrery/keys';
import { type Account, createAccount } from './stage/qssh-account.ts';
import { startPasswordServer } from './stage/password-server.ts';

let account: Account;

before(async () => {
  account = await createAccount();
});

after(() => account.end());

/** A new key that may log in; the path of its file. */
function authorizedKey(name: string, ...words: readonly string[]): string {
  const path = join(account.home, name);
  execFileSync('ssh-keygen', ['-q', '-f', path, ...words]);
  account.sshd.authorize(readFileSync(`${path}.pub`, 'utf8'));
  return path;
}

const alone = ['-o', 'IdentitiesOnly yes'];
const asAlice = ['StrictHostKeyChecking no', 'UserKnownHostsFile /dev/null', 'User alice'].flatMap((line) => [
  '-o',
  line,
]);

test('qssh logs in with keys of every type and container', async () => {
  const kinds = [
    ['-t', 'ed25519', '-N', ''],
    ['-t', 'ecdsa', '-b', '256', '-N', ''],
    ['-t', 'ecdsa', '-b', '384', '-N', '', '-m', 'PEM'],
    ['-t', 'ecdsa', '-b', '521', '-N', '', '-m', 'PKCS8'],
    ['-t', 'rsa', '-b', '2048', '-N', ''],
    ['-t', 'rsa', '-b', '2048', '-N', '', '-m', 'PEM'],
  ];
  for (const [index, words] of kinds.entries()) {
    const key = authorizedKey(`kind${index}`, ...words);
    const ended = await account.run(['-i', key, ...alone, ...account.way, 'echo in']);
    assert.deepEqual(ended, { code: 0, stdout: 'in\n', stderr: '' }, words.join(' '));
  }
});

test('qssh asks for the passphrase of a key that the server takes, and again when it is wrong', async () => {
  const key = authorizedKey('locked', '-t', 'ed25519', '-N', 'secret');
  const prompt = new RegExp(`Enter passphrase for key '${key}': `);
  const screen = account.screen(['-i', key, ...alone, ...account.way, 'echo in']);
  const ended = await screen.answer([prompt, 'wrong\r'], [prompt, 'secret\r']);
  assert.equal(ended.code, 0);
  assert.match(ended.text, /\nin\n$/);
  assert.doesNotMatch(ended.text, /secret/);
  assert.equal(ended.restored, true);
});

test('qssh does not ask for a passphrase in vain, nor in a batch', async () => {
  const key = authorizedKey('batch', '-t', 'ed25519', '-N', 'secret');
  const batch = await account.run(['-o', 'BatchMode yes', '-i', key, ...alone, ...account.way, 'true']);
  assert.equal(batch.code, 255);
  assert.match(batch.stderr, /Permission denied \(publickey\)\.\n$/);
  account.sshd.authorize('');
  const refused = await account.screen(['-i', key, ...alone, ...account.way, 'true']).ended;
  assert.doesNotMatch(refused.text, /passphrase/);
});

test('qssh passes over keys of RSA that RequiredRSASize says are too short', async () => {
  const key = authorizedKey('short', '-t', 'rsa', '-b', '2048', '-N', '');
  const words = ['-i', key, ...alone, ...account.way, 'true'];
  assert.equal((await account.run(['-o', 'RequiredRSASize 2048', ...words])).code, 0);
  assert.equal((await account.run(['-o', 'RequiredRSASize 2049', ...words])).code, 255);
});

test('qssh passes over a key that others can read', async () => {
  const key = authorizedKey('open', '-t', 'ed25519', '-N', '');
  chmodSync(key, 0o644);
  const ended = await account.run(['-i', key, ...alone, ...account.way, 'true']);
  assert.equal(ended.code, 255);
  assert.match(ended.stderr, new RegExp(`^Permissions 0644 for '${key}' are too open`));
});

test('qssh asks for a password three times, unseen, and says so in between', async () => {
  const server = await startPasswordServer([['password']]);
  try {
    const way = ['-p', String(server.port), '127.0.0.1', 'true'];
    const prompt = /alice@127\.0\.0\.1's password: /;
    const right = await account.screen([...asAlice, ...way]).answer([prompt, 'first\r'], [prompt, 'right\r']);
    assert.equal(right.code, 0, right.text);
    assert.match(right.text, /\nPermission denied, please try again\.\n/);
    assert.match(right.text, /\nin\n$/);
    assert.doesNotMatch(right.text, /first/);
    const wrong = await account
      .screen([...asAlice, ...way])
      .answer([prompt, '1\r'], [prompt, '2\r'], [prompt, '3\r']);
    assert.equal(wrong.code, 255);
    assert.match(wrong.text, /\nalice@127\.0\.0\.1: Permission denied \(password\)\.\n$/);
    assert.deepEqual(
      server.tries,
      ['first', 'right', '1', '2', '3'].map((text) => `password ${text}`),
    );
  } finally {
    await server.stop();
  }
});

test('qssh tries no more ways to log in than somebody sees, with an sshd that asks no questions', async () => {
  const strict = await createAccount(['AuthenticationMethods any', 'KbdInteractiveAuthentication yes']);
  try {
    const screen = strict.screen(['-v', '-o', 'PubkeyAuthentication no', ...strict.way, 'true']);
    const prompt = /'s password: $/;
    const ended = await screen.answer([prompt, '1\r'], [prompt, '2\r'], [prompt, '3\r']);
    assert.equal(ended.code, 255);
    const [beginning = '', ...tries] = ended.text.split("'s password: ");
    assert.doesNotMatch(beginning, /try again/);
    // Once for `none`, once for the questions.
    assert.equal(beginning.match(/Authentications that can continue/g)?.length, 2);
    assert.deepEqual(
      tries.map((text) => /Permission denied.*/.exec(text)?.[0]),
      [again, again, 'Permission denied (publickey,password,keyboard-interactive).'],
    );
  } finally {
    await strict.end();
  }
});

const again = 'Permission denied, please try again.';

test('qssh answers the questions of a server, which cannot play with the terminal, after a key', async () => {
  const server = await startPasswordServer([['publickey', 'keyboard-interactive']]);
  try {
    const way = ['-p', String(server.port), '127.0.0.1', 'true'];
    const screen = account.screen([...asAlice, ...way]);
    const ended = await screen.answer(
      [/Two questions\n\(alice@127\.0\.0\.1\) First\\x1b\[2J: /, 'one\r'],
      [/\(alice@127\.0\.0\.1\) Second: /, 'two\r'],
    );
    assert.equal(ended.code, 0);
    assert.deepEqual(server.tries, ['answers one two']);
  } finally {
    await server.stop();
  }
});

test('qssh gives a password by SSH_ASKPASS, and -P asks for it before any key', async () => {
  const server = await startPasswordServer([['password'], ['publickey']]);
  try {
    const helper = join(account.home, 'askpass');
    writeFileSync(helper, '#!/bin/sh\necho right\n', { mode: 0o700 });
    const words = ['-P', '-o', 'StrictHostKeyChecking no', '-o', 'UserKnownHostsFile /dev/null'];
    const way = ['-p', String(server.port), '127.0.0.1', 'true'];
    const environment = { SSH_ASKPASS: helper, SSH_ASKPASS_REQUIRE: 'force' };
    assert.equal((await account.run([...words, ...way], '', environment)).stdout, 'in\n');
    assert.deepEqual(server.tries, ['password right']);
  } finally {
    await server.stop();
  }
});

const unknown = ['-o', 'StrictHostKeyChecking no', '-o', 'UserKnownHostsFile /dev/null'];

test('qssh sends no password to a host whose key has changed, even where keys are not checked', async () => {
  const server = await startPasswordServer([['password'], ['keyboard-interactive']]);
  try {
    const file = join(account.home, 'changed');
    writeFileSync(file, `[127.0.0.1]:${server.port} ${account.hostKey}\n`);
    const helper = join(account.home, 'askpass');
    writeFileSync(helper, '#!/bin/sh\necho right\n', { mode: 0o700 });
    const words = ['-o', 'StrictHostKeyChecking no', '-o', `UserKnownHostsFile ${file}`];
    const way = ['-p', String(server.port), '127.0.0.1', 'true'];
    const environment = { SSH_ASKPASS: helper, SSH_ASKPASS_REQUIRE: 'force' };
    const ended = await account.run([...words, ...way], '', environment);
    assert.equal(ended.code, 255);
    assert.match(ended.stderr, /Permission denied \(password,keyboard-interactive\)\.\n$/);
    assert.deepEqual(server.tries, []);
  } finally {
    await server.stop();
  }
});

test('qssh goes on with other keys when the one that worked last does no more', async () => {
  const first = authorizedKey('first', '-t', 'ed25519', '-N', '');
  const keys = ['-i', first, '-i', join(account.home, 'second'), ...alone];
  assert.equal((await account.run([...keys, ...account.way, 'true'])).code, 0);
  authorizedKey('second', '-t', 'ed25519', '-N', '');
  assert.deepEqual(await account.run([...keys, ...account.way, 'echo in']), {
    code: 0,
    stdout: 'in\n',
    stderr: '',
  });
  assert.equal((await account.run([...keys, ...account.way, 'true'])).code, 0);
});

test('qssh says that there is no post-quantum user key where RequirePQ demands one', async () => {
  const ended = await account.run(['-o', 'RequirePQ user', ...account.way, 'true']);
  assert.equal(ended.code, 255);
  assert.match(ended.stderr, /: RequirePQ demands a post-quantum user key, and none is there\.\n/);
  assert.match(ended.stderr, /ssh-keygen -t mldsa44-ed25519/);
  assert.doesNotMatch(ended.stderr, /Permission denied/);
});

test('qssh logs in with every leg post-quantum, which RequirePQ can demand', async () => {
  const type = 'ssh-mldsa44-ed25519@openssh.com';
  const server = await startPasswordServer([['publickey']], type);
  try {
    const key = join(account.home, '.ssh', 'id_mldsa44_ed25519');
    writeFileSync(key, formatPrivateKey(generatePrivateKey(type, 'me')), { mode: 0o600 });
    const demand = ['-v', '-o', 'RequirePQ kex,host,user', ...unknown];
    const ended = await account.run([...demand, '-p', String(server.port), '127.0.0.1', 'true']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(
      ended.stderr,
      /Verdict: key exchange mlkem768x25519-sha256 \(post-quantum\), host key \S+ \(post-quantum\), user key \S+ \(post-quantum\)\n/,
    );
    // The key of Ed25519 beside it would do as well.
    const asked = await account.run(['-v', ...unknown, '-p', String(server.port), '127.0.0.1', 'true']);
    assert.match(asked.stderr, /Verdict: .*user key \S+ \(post-quantum\)\n/);
  } finally {
    await server.stop();
  }
});
