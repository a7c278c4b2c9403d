// Passwords of the file that qssh-passwd writes, typed by OpenSSH's client.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { makeEtc } from './stage/own-etc.ts';
import { startQsshd } from './stage/qsshd.ts';
import { runSsh, type SshRun } from './stage/ssh.ts';

const folder = mkdtempSync('/run/orrery-passwords-');
after(() => rmSync(folder, { recursive: true, force: true }));
chmodSync(folder, 0o711);
const [file, open, key] = ['passwords', 'open', 'key'].map((name) => join(folder, name));
assert.ok(file !== undefined && open !== undefined && key !== undefined);
const askpass = join(folder, 'askpass');
writeFileSync(askpass, '#!/bin/sh\nprintf "%s\\n" "$PASSWORD"\n', { mode: 0o755 });
execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);

const program = join(import.meta.dirname, '..', '..', 'bin', 'qssh-passwd');
const passwd = (args: readonly string[], input: string) =>
  spawnSync(program, args, { input, encoding: 'utf8' });

for (const user of ['alice', 'locked', 'root', 'nobodyhere'])
  assert.equal(passwd(['-f', file, user], `secret of ${user}\n`).status, 0);
writeFileSync(open, readFileSync(file), { mode: 0o644 });

const etc = makeEtc(folder, { alice: {}, bob: {}, locked: { password: '!' } });
const matches = Object.entries({
  '127.0.0.2': ['PasswordAuthentication no'],
  '127.0.0.3': [
    'ExposeAuthInfo yes',
    'KbdInteractiveAuthentication no',
    'AuthenticationMethods publickey,password',
  ],
  '127.0.0.4': ['PermitRootLogin yes'],
  '127.0.0.5': [`PasswordFile ${open}`],
  '127.0.0.6': ['PasswordFile none'],
}).flatMap(([address, lines]) => [`Match Address ${address}`, ...lines]);
mkdirSync(join(folder, 'server'));
const server = await startQsshd(
  join(folder, 'server'),
  [`PasswordFile ${file}`, 'PermitRootLogin prohibit-password'],
  matches,
  etc.prefix,
);
server.authorize(readFileSync(`${key}.pub`, 'utf8'));

interface Attempt {
  readonly user?: string;
  readonly password?: string;
  readonly from?: string;
  /** The methods that the client tries. */
  readonly methods?: string;
  readonly command?: string;
}

function logIn({
  user = 'alice',
  password,
  from = '127.0.0.1',
  methods = 'password',
  command = 'echo in',
}: Attempt): Promise<SshRun> {
  const env = {
    SSH_ASKPASS: askpass,
    SSH_ASKPASS_REQUIRE: 'force',
    PASSWORD: password ?? `secret of ${user}`,
  };
  const settings = { PreferredAuthentications: methods, NumberOfPasswordPrompts: '1', IdentitiesOnly: 'yes' };
  return runSsh(server.port, ['-b', from, '-i', key ?? '', `${user}@127.0.0.1`, command], {
    env,
    settings,
  });
}

async function assertRefused(attempt: Attempt): Promise<void> {
  const { code, stdout, stderr } = await logIn(attempt);
  assert.deepEqual([code, stdout.toString()], [255, ''], stderr);
  assert.match(stderr, /Permission denied/);
}

describe('a password of the file', () => {
  for (const methods of ['password', 'keyboard-interactive'])
    it(`lets in by ${methods}`, async () => {
      const { stdout, stderr } = await logIn({ methods });
      assert.equal(stdout.toString(), 'in\n', stderr);
    });

  it('lets nobody in by another password, or without one', async () => {
    for (const password of ['secret of Alice', '', 'x'.repeat(2000)]) await assertRefused({ password });
    await assertRefused({ password: 'secret of alice ', methods: 'keyboard-interactive' });
  });

  it('is of no use for others, for whom there is no such account, and for locked accounts', async () => {
    await assertRefused({ user: 'bob', password: 'secret of alice' });
    await assertRefused({ user: 'nobodyhere' });
    await assertRefused({ user: 'locked' });
  });

  it('lets root in only where the configuration says so', async () => {
    await assertRefused({ user: 'root' });
    assert.equal((await logIn({ user: 'root', from: '127.0.0.4' })).stdout.toString(), 'in\n');
  });

  it('is asked for by the methods that the configuration has', async () => {
    await assertRefused({ from: '127.0.0.2' });
    assert.equal(
      (await logIn({ from: '127.0.0.2', methods: 'keyboard-interactive' })).stdout.toString(),
      'in\n',
    );
    await assertRefused({ from: '127.0.0.6' });
  });

  it('may be asked for beside a key', async () => {
    await assertRefused({ from: '127.0.0.3' });
    const methods = 'publickey,password';
    assert.equal((await logIn({ from: '127.0.0.3', methods })).stdout.toString(), 'in\n');
    await assertRefused({ from: '127.0.0.3', methods, password: 'wrong' });
  });

  it('counts no more when others can read the file, which the log says', async () => {
    await assertRefused({ from: '127.0.0.5' });
    assert.match(server.log(), /Cannot use the passwords in ".*\/open": others can read or write it/);
  });

  it('stands without itself in the file of ExposeAuthInfo', async () => {
    const { stdout } = await logIn({
      from: '127.0.0.3',
      methods: 'publickey,password',
      command: 'cut -d" " -f1,2 "$SSH_USER_AUTH"',
    });
    assert.equal(stdout.toString(), 'publickey ssh-ed25519\npassword\n');
  });

  it('is in no log', () => {
    assert.match(server.log(), /Accepted password for alice/);
    assert.match(server.log(), /Failed password for alice/);
    assert.doesNotMatch(server.log(), /secret/);
  });
});

describe('qssh-passwd', () => {
  it('verifies with -c, deletes with -d, and keeps the file for its owner', () => {
    assert.equal(passwd(['-c', '-f', file, 'alice'], 'secret of alice\n').status, 0);
    const wrong = passwd(['-c', '-f', file, 'alice'], 'another\n');
    assert.deepEqual([wrong.status, wrong.stderr], [1, 'qssh-passwd: wrong password\n']);
    assert.equal(passwd(['-d', '-f', open, 'alice'], '').status, 0);
    assert.doesNotMatch(readFileSync(open, 'utf8'), /alice/);
    assert.match(
      passwd(['-d', '-f', open, 'alice'], '').stderr,
      /^qssh-passwd: alice has no password in ".*"\n$/,
    );
  });

  it('warns of somebody who has no account, and sets the password', () => {
    const said = (user: string): readonly unknown[] => {
      const { status, stderr } = passwd(['-f', join(folder, 'warned'), user], 'secret\n');
      return [status, stderr.replace(/".*"/, 'FILE')];
    };
    assert.deepEqual(said('root'), [0, 'The password of root is set in FILE.\n']);
    assert.deepEqual(said('nobodyhere'), [
      0,
      'qssh-passwd: warning: there is no account nobodyhere on this machine\nThe password of nobodyhere is set in FILE.\n',
    ]);
    assert.equal(passwd(['-c', '-f', join(folder, 'warned'), 'nobodyhere'], 'secret\n').status, 0);
  });

  it('refuses an empty password, other users than one, and a file that is another', () => {
    const empty = passwd(['-f', file, 'bob'], '\n');
    assert.deepEqual([empty.status, empty.stdout], [1, '']);
    assert.match(empty.stderr, /Cannot use a password of 0 bytes/);
    assert.equal(passwd(['-f', file], '').status, 2);
    assert.equal(passwd(['-f', file, 'a:b'], '').status, 2);
    assert.match(passwd(['-f', askpass, 'bob'], 'x\n').stderr, /line 2 is not "NAME:HASH"/);
    assert.equal(readFileSync(askpass, 'utf8').startsWith('#!/bin/sh\n'), true);
  });
});
