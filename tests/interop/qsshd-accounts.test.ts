// Whose account lets anybody in at all, whatever is proven: the same as with OpenSSH's server without PAM.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { makeEtc, setPassword, type TestAccount } from './stage/own-etc.ts';
import { startQsshd } from './stage/qsshd.ts';
import { runSsh, type SshRun } from './stage/ssh.ts';
import { startSshd } from './stage/sshd.ts';

// Every folder above another root has to be root's alone: the one for temporary files is not.
const folder = mkdtempSync('/run/orrery-accounts-');
after(() => rmSync(folder, { recursive: true, force: true }));
chmodSync(folder, 0o711);
for (const name of ['theirs', 'ours', 'jail']) mkdirSync(join(folder, name));
writeFileSync(join(folder, 'no-program'), '', { mode: 0o644 });

const accounts: Readonly<Record<string, TestAccount>> = {
  plain: {},
  locked: { password: '!' },
  lockedwithpassword: { password: '!$6$a$b' },
  lockedinpasswd: { inPasswd: '!', password: null },
  starinpasswd: { inPasswd: '*', password: null },
  expired: { expires: 100 },
  expiresinfuture: { expires: 40_000 },
  shelless: { shell: '/nonexistent/sh' },
  modeless: { shell: join(folder, 'no-program') },
  foldershell: { shell: '/tmp' },
  usualshell: { shell: '' },
  blank: { password: '' },
  blankinpasswd: { inPasswd: '', password: null },
};
const etc = makeEtc(folder, accounts);
setPassword(etc, 'root', '');

/** By the address that the client comes from. */
const matches = Object.entries({
  '127.0.0.2': ['PermitRootLogin no'],
  '127.0.0.3': ['PermitRootLogin prohibit-password'],
  '127.0.0.4': ['PermitRootLogin forced-commands-only'],
  '127.0.0.5': ['PermitRootLogin forced-commands-only', 'ForceCommand echo by the server'],
  '127.0.0.6': ['PermitEmptyPasswords yes'],
  '127.0.0.7': ['PermitEmptyPasswords yes', 'AuthenticationMethods none,publickey'],
  '127.0.0.8': [
    'PermitEmptyPasswords yes',
    'PermitRootLogin prohibit-password',
    'AuthenticationMethods none',
  ],
  '127.0.0.9': ['AuthenticationMethods none publickey,publickey'],
  '127.0.0.10': ['PermitEmptyPasswords yes', 'PasswordAuthentication no'],
  '127.0.0.11': [`ChrootDirectory ${folder}/jail`, 'ForceCommand internal-sftp'],
}).flatMap(([address, lines]) => [`Match Address ${address}`, ...lines]);

const config = ['Subsystem sftp internal-sftp'];
const theirs = await startSshd(join(folder, 'theirs'), [], config, matches, etc.prefix);
const ours = await startQsshd(join(folder, 'ours'), config, matches, etc.prefix);

const [plain = '', forced = ''] = ['plain', 'forced'].map((name) => {
  const file = join(folder, name);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  return file;
});
const lines = [publicKey(plain), `command="echo by the key" ${publicKey(forced)}`].join('');
writeFileSync(join(folder, 'theirs', 'authorized_keys'), lines);
ours.authorize(lines);

function publicKey(file: string): string {
  return readFileSync(`${file}.pub`, 'utf8');
}

interface Attempt {
  readonly user: string;
  readonly from?: string;
  /** undefined: without a key. */
  readonly key?: string | undefined;
  /** Words behind the destination. */
  readonly words?: readonly string[];
}

function attempt(
  port: number,
  { user, from = '127.0.0.1', key, words = ['id -un'] }: Attempt,
): Promise<SshRun> {
  const identity =
    key === undefined ? ['-o', 'PubkeyAuthentication=no'] : ['-i', key, '-o', 'IdentitiesOnly=yes'];
  return runSsh(port, [...identity, '-o', 'BatchMode=yes', '-b', from, `${user}@127.0.0.1`, ...words]);
}

/** How both servers let somebody in or not, which has to be the same. */
async function both(asked: Attempt): Promise<string> {
  const [expected = '', found = ''] = await Promise.all(
    [theirs, ours].map(async ({ port }) => {
      const { code, stdout, stderr } = await attempt(port, asked);
      // OpenSSH's server with -e logs to its client's standard error, too.
      const said = stderr.replace(/^User \S+ not allowed because \S+ exists\r\n/, '');
      return `${code} ${stdout.toString()}${code === 255 ? '' : said}`;
    }),
  );
  assert.equal(found, expected, JSON.stringify(asked));
  return found;
}

describe('an account', () => {
  const isLetIn: Readonly<Record<string, boolean>> = {
    plain: true,
    locked: false,
    lockedwithpassword: false,
    lockedinpasswd: false,
    starinpasswd: true,
    expired: false,
    expiresinfuture: true,
    shelless: false,
    modeless: false,
    foldershell: false,
    usualshell: true,
  };
  for (const [user, isAllowed] of Object.entries(isLetIn))
    it(`called ${user} is ${isAllowed ? '' : 'not '}let in`, async () => {
      assert.equal(await both({ user, key: plain }), isAllowed ? `0 ${user}\n` : '255 ');
    });

  it('whose shell is not there is let in where another root is entered', async () => {
    const words = ['-s', 'sftp'];
    assert.equal(await both({ user: 'shelless', key: plain, from: '127.0.0.11', words }), '0 ');
  });
});

describe('root', () => {
  const withPlain: Readonly<Record<string, string>> = {
    '127.0.0.2': '255 ',
    '127.0.0.3': '0 root\n',
    '127.0.0.4': '255 ',
    '127.0.0.5': '255 ',
  };
  const withForced: Readonly<Record<string, string>> = {
    '127.0.0.2': '255 ',
    '127.0.0.3': '0 by the key\n',
    '127.0.0.4': '0 by the key\n',
    '127.0.0.5': '0 by the server\n',
  };
  for (const [from, expected] of Object.entries(withPlain))
    it(`with a key is treated as PermitRootLogin says for ${from}`, async () => {
      assert.equal(await both({ user: 'root', key: plain, from }), expected);
    });
  for (const [from, expected] of Object.entries(withForced))
    it(`with a key that has a command is treated as PermitRootLogin says for ${from}`, async () => {
      assert.equal(await both({ user: 'root', key: forced, from }), expected);
    });
});

describe('an empty password', () => {
  const expected: readonly (readonly [string, Attempt, string])[] = [
    ['is enough where PermitEmptyPasswords says so', { user: 'blank', from: '127.0.0.6' }, '0 blank\n'],
    ['may stand in passwd', { user: 'blankinpasswd', from: '127.0.0.6' }, '0 blankinpasswd\n'],
    ['is enough for root where passwords are', { user: 'root', from: '127.0.0.6' }, '0 root\n'],
    ['is not enough for root where passwords are not', { user: 'root', from: '127.0.0.8' }, '255 '],
    ['is not enough by itself', { user: 'blank' }, '255 '],
    ['is not enough where passwords are not', { user: 'blank', from: '127.0.0.10' }, '255 '],
    ['is what another account does not have', { user: 'plain', from: '127.0.0.6' }, '255 '],
    ['is no key', { user: 'blank', from: '127.0.0.7' }, '255 '],
    ['and a key are enough for both', { user: 'blank', from: '127.0.0.7', key: plain }, '0 blank\n'],
    ['is what a key is not', { user: 'plain', from: '127.0.0.7', key: plain }, '255 '],
    ['is not enough because AuthenticationMethods names it', { user: 'blank', from: '127.0.0.9' }, '255 '],
  ];
  for (const [name, asked, outcome] of expected)
    it(name, async () => assert.equal(await both(asked), outcome));
});

describe('/etc/nologin', () => {
  const file = join(etc.path, 'nologin');

  it('is told to whoever is not root, also below another root', async () => {
    writeFileSync(file, 'Back at noon.\n');
    assert.equal(await both({ user: 'plain', key: plain }), '254 Back at noon.\n');
    const sftp = { user: 'plain', key: plain, from: '127.0.0.11', words: ['-s', 'sftp'] };
    // Here sshd looks for the file below the other root; its manual says otherwise.
    const below = await attempt(ours.port, sftp);
    assert.deepEqual([below.code, below.stderr], [254, 'Back at noon.\n']);
    assert.equal(await both({ user: 'root', key: plain }), '0 root\n');
    rmSync(file);
    assert.equal(await both({ user: 'plain', key: plain }), '0 plain\n');
  });
});
