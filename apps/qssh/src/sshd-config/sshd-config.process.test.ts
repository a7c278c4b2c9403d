import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { evaluate, printSettings } from './evaluate.ts';
import { placesOf } from './listen-address.ts';
import type { ConnectionFacts } from './match.ts';
import { ConfigError } from './parse.ts';
import { readSshdConfig } from './read-file.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sshd-config-test-'));
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
  mkdirSync('/run/sshd', { recursive: true });
});
after(() => rmSync(folder, { recursive: true }));

/** Files by name; the first is the configuration. */
type Files = Readonly<Record<string, string>>;

function write(files: Files): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return join(folder, Object.keys(files)[0] ?? '');
}

/** Directives of which the defaults are other ones here, or that an old sshd, or any, does not have. */
const different =
  /^(?:pidfile|ciphers|macs|kexalgorithms|hostkeyalgorithms|pubkeyacceptedalgorithms|casignaturealgorithms|persourcepenalt.*|hostkey|loglevel|passwordfile)\b/;

/** What both print for a configuration, except for what is different by intention. */
function printed(
  files: Files,
  specification = '',
  facts?: ConnectionFacts,
): { ours: string[]; theirs: string[] } {
  const path = write(files);
  const key = join(folder, 'key');
  const args = ['-T', '-f', path, '-h', key, ...(specification === '' ? [] : ['-C', specification])];
  const { stdout, stderr, status } = spawnSync('/usr/sbin/sshd', args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const ours = printSettings(evaluate(readSshdConfig(path, []), facts)).filter(
    (line) => !different.test(line),
  );
  const names = new Set(printSettings(evaluate(readSshdConfig(path, []))).map((line) => line.split(' ')[0]));
  const theirs = stdout.split('\n').filter((line) => names.has(line.split(' ')[0]) && !different.test(line));
  return { ours: ours.toSorted(), theirs: theirs.toSorted() };
}

const same: Readonly<Record<string, string>> = {
  'an empty file': '',
  numbers: 'MaxAuthTries 3\nMaxSessions=2\nClientAliveCountMax "7"\nmaxauthtries 9\n',
  times: 'LoginGraceTime 1m30s\nClientAliveInterval 2h\nRekeyLimit 1G 1h\n',
  flags:
    'PrintMotd no\nPermitTTY no\nPermitUserRC no\nStrictModes no\nUseDNS yes\nPermitUserEnvironment LANG,LC_*\nCompression delayed\n',
  lists: 'AllowUsers a b@10.0.0.0/8\nAllowUsers c\nDenyGroups x "y z"\nAcceptEnv A B\nAcceptEnv LC_*\n',
  'first match': 'Banner /a\nBanner /b\nAuthorizedKeysFile a b\nAuthorizedKeysFile c\n',
  commands: 'ForceCommand echo "a  b" c\nAuthorizedKeysCommand /x %u\nAuthorizedKeysCommandUser nobody\n',
  certificates:
    'TrustedUserCAKeys /a\nRevokedKeys b\nAuthorizedPrincipalsFile .ssh/p_%u\nAuthorizedPrincipalsCommand /x %i %s\nAuthorizedPrincipalsCommandUser nobody\n',
  'no certificates': 'TrustedUserCAKeys none\nRevokedKeys none\nAuthorizedPrincipalsFile none\n',
  environment: 'SetEnv A=1 "B=2 3"\nSetEnv C=4\n',
  subsystems: 'Subsystem sftp internal-sftp -f AUTH\nSubsystem x /bin/x y z\n',
  limits: 'MaxStartups 5:50:60\nPerSourceMaxStartups 4\nPerSourceNetBlockSize 24:64\n',
  'limits in short': 'MaxStartups 5\n',
  methods: 'AuthenticationMethods publickey,publickey publickey\n',
  'a comment at the end': 'PermitRootLogin prohibit-password # by key\n',
  'places to listen': 'Port 1\nListenAddress 192.0.2.1\nPort 2\nListenAddress [2001:db8::1]:9\n',
  'all places': 'AddressFamily inet\n',
  'other words':
    'PermitRootLogin forced-commands-only\nChrootDirectory /srv/%u\nVersionAddendum hello world\n',
};

for (const [name, text] of Object.entries(same))
  test(`printSettings prints what sshd -T prints for ${name}`, () => {
    const { ours, theirs } = printed({ config: text });
    assert.deepEqual(ours, theirs);
  });

test('lines behind a Match that is met outweigh the others, as for sshd', () => {
  const config = `MaxSessions 1
Banner /general
AcceptEnv GENERAL
Match User alice,bob
  MaxSessions 2
  AcceptEnv ALICE
  Banner none
Match User alice Address 192.0.2.0/24,!192.0.2.9
  MaxSessions 3
  MaxAuthTries 1
Match Host *.example LocalPort 2222
  ForceCommand x
Match all
  PermitTTY no
`;
  const at = (user: string, address: string, host: string, localPort: number): void => {
    const specification = `user=${user},addr=${address},host=${host},laddr=127.0.0.1,lport=${localPort}`;
    const facts = { user, address, host, localPort, localAddress: '127.0.0.1' };
    const { ours, theirs } = printed({ config }, specification, facts);
    assert.deepEqual(ours, theirs, specification);
  };
  at('alice', '192.0.2.7', 'a.example', 22);
  at('alice', '192.0.2.9', 'a.example', 2222);
  at('carol', '192.0.2.7', 'A.Example', 2222);
  at('carol', '192.0.2.7', 'other', 22);
});

test('an included file is part of the section that includes it, as for sshd', () => {
  const files = {
    config: `Include ${folder}/one-*.conf\nMaxSessions 9\nMatch User alice\nInclude ${folder}/two.conf\nMatch User bob\nMaxAuthTries 1\n`,
    'one-b.conf': 'MaxSessions 2\nMatch User bob\nBanner /bob\n',
    'one-a.conf': 'MaxAuthTries 4\n',
    'two.conf': 'PermitTTY no\nMatch User bob\nForceCommand never\n',
  };
  for (const user of ['alice', 'bob', 'carol']) {
    const { ours, theirs } = printed(files, `user=${user},addr=192.0.2.1,host=h`, { user });
    assert.deepEqual(ours, theirs, user);
  }
});

test('every line that sshd refuses is refused, with its number', () => {
  const bad = [
    'Foo yes',
    'MaxSessions',
    'MaxSessions two',
    'StrictModes maybe',
    'Banner a b',
    'MaxStartups 1:2',
    'AuthenticationMethods magic',
    'Match User a\nPort 22',
    'Match Foo a',
    'Match all User a',
    'Match Address 192.0.2.1/8',
    'Match User',
    'AllowUsers a@192.0.2.1/8',
    'Subsystem x',
    'Subsystem x /a\nSubsystem x /b',
    'AuthorizedKeysCommand x',
    'LogLevel loud',
    'Ciphers rot13',
    'Banner "x',
    'PermitRootLogin perhaps',
    'LoginGraceTime soon',
    'SetEnv A',
    'AcceptEnv A=b',
    'RekeyLimit x',
    'Port 22 23',
    'ListenAddress 192.0.2.1 192.0.2.2',
  ];
  for (const text of bad) {
    const path = write({ config: `MaxAuthTries 4\n${text}\n` });
    const refused = spawnSync('/usr/sbin/sshd', ['-t', '-f', path, '-h', join(folder, 'key')]);
    assert.notEqual(refused.status, 0, text);
    assert.throws(
      () => readSshdConfig(path, []),
      (error) => error instanceof ConfigError && /config line [23]: /.test(error.message),
      text,
    );
  }
});

test('what is not supported is refused where it guards, named where it is only missing', () => {
  const path = write({ config: 'UsePAM yes\nX11Forwarding no\nPasswordAuthentication yes\nPort 22\n' });
  assert.deepEqual(readSshdConfig(path, []).warnings, [
    `${path} line 1: "usepam yes" is not supported and has no effect: there is no PAM`,
    `${path} line 3: "passwordauthentication yes" has no effect without PasswordFile: everybody logs in by key`,
  ]);
  const withPasswords = write({ config: 'PasswordAuthentication yes\nPasswordFile /etc/ssh/qssh_passwd\n' });
  assert.deepEqual(readSshdConfig(withPasswords, []).warnings, []);
  const guarding = write({ config: 'PubkeyAuthOptions verify-required\n' });
  assert.throws(
    () => readSshdConfig(guarding, []),
    /line 1: Unsupported configuration option: pubkeyauthoptions/,
  );
});

test('options of the command line go before the file', () => {
  const path = write({ config: 'MaxSessions 1\n' });
  const settings = evaluate(readSshdConfig(path, ['MaxSessions=5', 'Port 0']));
  assert.equal(settings.maxSessions, 5);
  assert.deepEqual(settings.port, ['0']);
});

test('placesOf refuses an address that is not of the AddressFamily, as sshd does', () => {
  const path = write({ config: 'AddressFamily inet6\nListenAddress 192.0.2.1\n' });
  const refused = spawnSync('/usr/sbin/sshd', ['-T', '-f', path, '-h', join(folder, 'key')]);
  assert.notEqual(refused.status, 0);
  const settings = evaluate(readSshdConfig(path, []));
  assert.throws(() => placesOf(settings), /^Error: Cannot listen at "192\.0\.2\.1": AddressFamily is inet6$/);
});

test('a port alone is no address, and a file that is not there is named', () => {
  const settings = evaluate(readSshdConfig(undefined, []));
  assert.throws(() => placesOf(settings, ['2222']), {
    message: 'bad address "2222": an address is missing before the port',
  });
  assert.throws(() => readSshdConfig('/nonexistent', []), {
    problems: ['Cannot read configuration "/nonexistent": No such file or directory'],
  });
});
