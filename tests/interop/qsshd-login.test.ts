// Who may log in to our server, and what the key's options make of it: the same as with OpenSSH's.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { parsePrivateKey } from '@orrery/keys';
import { connect, publicKey } from '@orrery/ssh';
import { makeFolder } from './stage/folder.ts';
import { startQsshd } from './stage/qsshd.ts';
import { runSsh } from './stage/ssh.ts';
import { startSshd } from './stage/sshd.ts';

const folder = makeFolder();
chmodSync(folder, 0o711); // a program of another user is in it
const config = [
  'PermitUserEnvironment yes',
  'MaxAuthTries 3',
  `Banner ${folder}/banner`,
  'Match LocalPort 1',
  'ForceCommand false',
];
writeFileSync(join(folder, 'banner'), 'stay away \u001b[31m\n');
mkdirSync(join(folder, 'theirs'));
mkdirSync(join(folder, 'ours'));
const theirs = await startSshd(join(folder, 'theirs'), [], config.slice(0, 2));
writeFileSync(join(folder, 'other-banner'), 'another one\n');
const ours = await startQsshd(join(folder, 'ours'), config.slice(0, 3), [
  'Match User other,nosuchuser',
  `Banner ${folder}/other-banner`,
  'Match User other',
  'PubkeyAcceptedAlgorithms rsa-sha2-512',
]);

/** The options before a key; each line has a key of its own. */
const options = [
  '',
  'restrict',
  'no-pty,no-user-rc',
  'command="echo forced; echo $SSH_ORIGINAL_COMMAND"',
  'command="echo \\"quoted\\""',
  'environment="A=1",environment="A=2",environment="B=x y"',
  'from="127.0.0.1"',
  'from="127.0.0.0/8,!127.0.0.1"',
  'from="10.0.0.0/8,*.example"',
  'from="127.0.0.1/8"',
  'from="127.*"',
  'from="!10.0.0.0/8"',
  'expiry-time="20200101"',
  'expiry-time="20400101Z"',
  'expiry-time="never"',
  'unknown',
  'pty,',
  'command="unterminated',
  'cert-authority',
  'permitopen="host:22",permitlisten="80",tunnel="any"',
  'permitopen="host"',
  'PTY,No-Agent-Forwarding,RESTRICT',
  'principals="a"',
  'no-touch-required,verify-required',
];
const keys = options.map((_, number) => {
  const file = join(folder, `key${number}`);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  return file;
});
const lines = options
  .map((text, number) => `${text} ${readFileSync(`${keys[number]}.pub`, 'utf8')}`)
  .join('');
writeFileSync(join(folder, 'theirs', 'authorized_keys'), lines);
ours.authorize(lines);

async function logIn(port: number, key: string, more: readonly string[] = []): Promise<string> {
  const args = ['-i', key, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes', ...more, 'root@127.0.0.1'];
  const { code, stdout } = await runSsh(port, [...args, 'echo "as asked $A $B"']);
  return `${code} ${stdout.toString()}`;
}

const [good = '', second = ''] = keys;
const goodLine = readFileSync(`${good}.pub`, 'utf8');

/** A folder of its own for a further server. */
function place(name: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, 'server'), { recursive: true });
  return path;
}

const strictPlace = place('strict');
const strictFile = join(strictPlace, 'authorized_keys');
const strict = await startQsshd(join(strictPlace, 'server'), [
  'StrictModes yes',
  `AuthorizedKeysFile ${strictFile}`,
]);

const commandPlace = place('command');
const program = join(commandPlace, 'keys');
writeFileSync(
  program,
  `#!/bin/sh\n[ "$1" = root ] && [ "$2" = 0 ] && [ "$(id -un)" = nobody ] && echo '${goodLine}'\n`,
);
chmodSync(program, 0o755);
const commanded = await startQsshd(join(commandPlace, 'server'), [
  `AuthorizedKeysCommand ${program} %u %U`,
  'AuthorizedKeysCommandUser nobody',
  'AuthorizedKeysFile none',
]);

const usual = await startQsshd(place('usual'), ['LogLevel INFO']);
usual.authorize(goodLine);

const twice = await startQsshd(place('methods'), [
  'AuthenticationMethods publickey,publickey',
  'PubkeyAcceptedAlgorithms ssh-ed25519,rsa-sha2-256',
]);
twice.authorize(`${goodLine}${readFileSync(`${second}.pub`, 'utf8')}`);

describe('authorized_keys', () => {
  it('is understood as sshd does, line by line', async () => {
    for (const [number, key] of keys.entries()) {
      const [expected, found] = await Promise.all([logIn(theirs.port, key), logIn(ours.port, key)]);
      assert.equal(found, expected, options[number] ?? '');
    }
  });
});

describe('a login', () => {
  const expired = keys[12] ?? '';
  const allowed = keys[0] ?? '';

  it('shows the banner before anything is proven', async () => {
    const args = ['-v', '-i', expired, '-o', 'BatchMode=yes', 'root@127.0.0.1', 'true'];
    const { code, stderr } = await runSsh(ours.port, args);
    assert.equal(code, 255);
    assert.match(stderr, /stay away/);
  });

  it('shows the banner for its user, whether there is one or not', async () => {
    for (const user of ['other', 'nosuchuser']) {
      const args = ['-i', expired, '-o', 'BatchMode=yes', '-l', user, '127.0.0.1', 'true'];
      const { stderr } = await runSsh(ours.port, args, { settings: { LogLevel: 'INFO' } });
      assert.match(stderr, /^another one$/m);
      assert.doesNotMatch(stderr, /stay away/);
    }
  });

  it('is refused in the same words for a wrong key and for a user who does not exist', async () => {
    const attempt = async (user: string): Promise<string> => {
      const args = ['-i', expired, '-o', 'BatchMode=yes', '-l', user, '127.0.0.1', 'true'];
      return (await runSsh(ours.port, args)).stderr.replaceAll(user, 'USER');
    };
    const expected = await attempt('root');
    for (const user of ['nosuchuser', 'a'.repeat(300)]) assert.equal(await attempt(user), expected);
  });

  it('is in the log in the words of OpenSSH, with its key, and so is its end', async () => {
    const port = /127\.0\.0\.1 port \d+/.source;
    const [, print = ''] = execFileSync('ssh-keygen', ['-lf', allowed], { encoding: 'utf8' }).split(' ');
    const before = ours.log().length;
    await runSsh(ours.port, ['-i', allowed, 'root@127.0.0.1', 'true']);
    await runSsh(ours.port, ['-i', expired, '-o', 'BatchMode=yes', '-l', 'nosuchuser', '127.0.0.1', 'true']);
    await runSsh(ours.port, [
      '-o',
      'PubkeyAuthentication=no',
      '-o',
      'BatchMode=yes',
      'root@127.0.0.1',
      'true',
    ]);
    const said = (): string => ours.log().slice(before);
    while (!said().includes('Connection closed by authenticating user root')) await setTimeout(10);
    for (const line of [
      `^Accepted publickey for root from ${port} ssh2: ED25519 ${print.replaceAll('+', '\\+')}$`,
      `^Disconnected from user root ${port}$`,
      `^Connection closed by invalid user nosuchuser ${port} \\[preauth\\]$`,
      `^Connection closed by authenticating user root ${port} \\[preauth\\]$`,
    ])
      assert.match(said(), new RegExp(line, 'm'));
  });

  it('by one of several keys is no failure in the usual log; a stranger, and who goes on with wrong proofs, is one', async () => {
    const failures = (): readonly string[] =>
      [...usual.log().matchAll(/(?:Failed|Postponed) \S+ for .*(?= from)/g)].map(([text]) => text);
    const offered = [...keys.slice(1, 5), good].flatMap((key) => ['-i', key]);
    const words = ['-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes', ...offered];
    assert.equal((await runSsh(usual.port, [...words, 'root@127.0.0.1', 'true'])).code, 0);
    await usual.logged('Accepted publickey');
    assert.deepEqual(failures(), []);

    await runSsh(usual.port, ['-i', good, ...words.slice(0, 4), 'nosuchuser@127.0.0.1', 'true']);
    await usual.logged('Connection closed by invalid user');
    assert.deepEqual(failures(), ['Failed publickey for invalid user nosuchuser']);

    const strangers = keys.slice(1, 6).map((key) => parsePrivateKey(readFileSync(key)).signer());
    const stranger = connect(connectSocket(usual.port, '127.0.0.1'), {
      user: 'root',
      checkHostKey: () => undefined,
      authentication: strangers.map((signer) => publicKey(signer, { isSure: true })),
    });
    await assert.rejects(stranger);
    await usual.logged('Connection closed by authenticating user');
    const loud = 'Failed publickey for root';
    assert.deepEqual(failures().slice(1), [loud, loud]);
  });

  it('is in a verbose log with each key that was offered', async () => {
    const before = ours.log().length;
    await runSsh(ours.port, ['-i', expired, '-i', allowed, '-o', 'IdentitiesOnly=yes', 'root@127.0.0.1']);
    const said = ours.log().slice(before);
    assert.match(said, /^Failed publickey for root from 127\.0\.0\.1 port \d+ ssh2$/m);
    assert.match(said, /^Postponed publickey for root from 127\.0\.0\.1 port \d+ ssh2: ED25519 SHA256:\S+$/m);
  });

  it('ends after MaxAuthTries', async () => {
    const wrong = keys
      .filter((_, number) => [12, 14, 15, 16, 17].includes(number))
      .flatMap((key) => ['-i', key]);
    const { stderr } = await runSsh(ours.port, [
      ...wrong,
      '-i',
      allowed,
      '-o',
      'IdentitiesOnly=yes',
      'root@127.0.0.1',
      'true',
    ]);
    assert.match(stderr, /Too many authentication failures|too many attempts|Received disconnect/);
  });
});

describe('StrictModes', () => {
  const attempt = async (): Promise<boolean> => (await logIn(strict.port, good)).startsWith('0');

  it('refuses a file that others can write or own', async () => {
    writeFileSync(strictFile, goodLine);
    chmodSync(strictFile, 0o666);
    assert.equal(await attempt(), false);
    assert.match(strict.log(), /bad ownership or modes of the file/);
    chmodSync(strictFile, 0o600);
    chownSync(strictFile, 1, 1);
    assert.equal(await attempt(), false);
  });
});

describe('AuthorizedKeysCommand', () => {
  it('names the keys, as its own user, unless others can write it', async () => {
    assert.match(await logIn(commanded.port, good), /^0 as asked/);
    chmodSync(program, 0o777);
    assert.match(await logIn(commanded.port, good), /^255/);
    assert.match(commanded.log(), /Cannot run AuthorizedKeysCommand/);
  });
});

describe('PubkeyAcceptedAlgorithms', () => {
  it('is what the client hears of signatures', async () => {
    const { stderr } = await runSsh(twice.port, ['-v', '-i', good, 'root@127.0.0.1'], {
      settings: { LogLevel: 'DEBUG1', BatchMode: 'yes' },
    });
    assert.match(stderr, /server-sig-algs=<ssh-ed25519,rsa-sha2-256>/);
  });
});

describe('AuthenticationMethods', () => {
  it('can ask for two different keys', async () => {
    assert.match(await logIn(twice.port, good), /^255/);
    assert.match(await logIn(twice.port, good, ['-i', second]), /^0 as asked/);
  });

  it('lets nobody in by two keys that force different commands', async () => {
    const other = readFileSync(`${second}.pub`, 'utf8');
    twice.authorize(`command="echo one" ${goodLine}command="echo one" ${other}`);
    assert.match(await logIn(twice.port, good, ['-i', second]), /^0 one/);
    twice.authorize(`command="echo one" ${goodLine}command="echo two" ${other}`);
    assert.match(await logIn(twice.port, good, ['-i', second]), /^255/);
  });
});
