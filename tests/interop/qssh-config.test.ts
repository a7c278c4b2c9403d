import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { comparable, opensshDump, qsshDump } from './stage/config-dump.ts';

let folder = '';

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'qssh-config-'));
});

after(() => rmSync(folder, { recursive: true }));

/** Asserts that both programs read a config alike for some command lines, and gives what they say. */
async function agree(
  config: string,
  words: readonly string[],
  names: readonly string[] = [],
): Promise<readonly string[] | 'refused'> {
  const file = join(folder, 'config');
  writeFileSync(file, config, { mode: 0o600 });
  const expected = comparable(opensshDump(['-F', file, ...words]), names);
  const actual = comparable(await qsshDump(['-F', file, ...words]), names);
  assert.equal(differences(expected, actual), '', `${config}\n${words.join(' ')}`);
  return expected;
}

/** Lines of which only one side has, in the manner of diff. */
function differences(expected: readonly string[] | 'refused', actual: readonly string[] | 'refused'): string {
  if (expected === 'refused' || actual === 'refused')
    return expected === actual ? '' : `${String(expected)} | ${String(actual)}`;
  const lost = expected.filter((line) => !actual.includes(line)).map((line) => `- ${line}`);
  return [...lost, ...actual.filter((line) => !expected.includes(line)).map((line) => `+ ${line}`)].join(
    '\n',
  );
}

/** Directives with values that OpenSSH takes, in many spellings. */
const directives: Readonly<Record<string, readonly string[]>> = {
  AddKeysToAgent: ['yes', 'no', 'ask', 'confirm', '1h', 'confirm 10m'],
  AddressFamily: ['inet', 'INET6', 'any'],
  BatchMode: ['no', 'false'],
  BindAddress: ['127.0.0.1', '::1'],
  CanonicalizeMaxDots: ['0', '3'],
  CanonicalizePermittedCNAMEs: ['none'],
  CertificateFile: ['~/cert', '/c/%h'],
  CheckHostIP: ['yes', 'no'],
  ClearAllForwardings: ['yes'],
  Compression: ['yes', 'no'],
  ConnectionAttempts: ['1', '5'],
  ConnectTimeout: ['none', '5', '1m30s', '1h'],
  ControlMaster: ['yes', 'no', 'auto', 'ask', 'autoask'],
  ControlPath: ['none', '~/.ssh/%%', '/s/%r@%h:%p', '/s/%n-%L-%l-%u-%i'],
  ControlPersist: ['yes', 'no', '10m', '0'],
  EscapeChar: ['none', '~', '^B', '%'],
  ExitOnForwardFailure: ['yes'],
  FingerprintHash: ['md5', 'sha256'],
  ForwardAgent: ['yes', 'no'],
  ForwardX11: ['yes', 'no'],
  ForwardX11Timeout: ['0', '1h'],
  GatewayPorts: ['yes'],
  GlobalKnownHostsFile: ['/k', '/k /l', 'none'],
  HashKnownHosts: ['yes', 'no'],
  HostKeyAlias: ['alias', 'Alias2'],
  Hostname: ['real.example', '%h.example', '10.0.0.1', 'REAL'],
  IdentitiesOnly: ['yes', 'no'],
  IdentityAgent: ['none', 'SSH_AUTH_SOCK', '~/agent', '${HOME}/agent'],
  IdentityFile: ['~/.ssh/one', '/k/%h', 'none'],
  IPQoS: ['af21', 'cs1 le', '0x10', '8 184', 'none'],
  KbdInteractiveAuthentication: ['no', 'yes'],
  ChallengeResponseAuthentication: ['no'],
  KbdInteractiveDevices: ['pam', 'a,b'],
  KnownHostsCommand: ['/bin/echo %H', 'none'],
  LocalCommand: ['echo "%h" =x', '=echo a'],
  LocalForward: ['8080 web:80', '[::1]:81 [::2]:82', '*:83 web:84', '/s/a /s/%h', '85 /s/b', 'h:86 i:87'],
  LogLevel: ['quiet', 'ERROR', 'debug1', 'DEBUG3', 'verbose'],
  NoHostAuthenticationForLocalhost: ['yes'],
  NumberOfPasswordPrompts: ['1', '07'],
  PasswordAuthentication: ['no', 'True'],
  PermitLocalCommand: ['yes'],
  PermitRemoteOpen: ['any', 'none', 'a:1 [::1]:2', 'b:*'],
  PKCS11Provider: ['/p', 'none'],
  Port: ['22', '2222'],
  PreferredAuthentications: ['publickey', 'password,publickey'],
  ProxyCommand: ['nc %h %p', 'none', '"a b" c'],
  ProxyJump: ['jump', 'u@jump:2222', 'a,b:3', 'none'],
  PubkeyAuthentication: ['yes', 'no', 'unbound', 'host-bound'],
  RekeyLimit: ['1G', '16 1h', 'default none', '512M 30m'],
  RemoteCommand: ['echo %h', 'none'],
  RemoteForward: ['8080 web:80', '9000', '[h]:9001', '0 web:1'],
  RequestTTY: ['yes', 'no', 'force', 'auto'],
  RequiredRSASize: ['2048'],
  RevokedHostKeys: ['/r'],
  SendEnv: ['LANG', 'LC_* X', '-LC_*'],
  ServerAliveCountMax: ['7'],
  ServerAliveInterval: ['15', '5m'],
  SessionType: ['none', 'subsystem', 'default'],
  SetEnv: ['A=b', 'A=b C="d e"', 'A=1 A=2'],
  StdinNull: ['yes'],
  StreamLocalBindMask: ['0177', '22', '0'],
  StreamLocalBindUnlink: ['yes'],
  StrictHostKeyChecking: ['yes', 'no', 'off', 'ask', 'accept-new', 'TRUE'],
  SyslogFacility: ['auth', 'LOCAL3'],
  TCPKeepAlive: ['no'],
  KeepAlive: ['no'],
  Tunnel: ['yes', 'no', 'ethernet', 'point-to-point'],
  TunnelDevice: ['1', '1:any', 'any:2'],
  UpdateHostKeys: ['yes', 'no', 'ask'],
  User: ['alice', 'bob'],
  UserKnownHostsFile: ['/u', '~/u /v/%h', 'none', '${HOME}/k'],
  VerifyHostKeyDNS: ['yes', 'ask', 'no'],
  VisualHostKey: ['yes'],
  XAuthLocation: ['/x'],
  Protocol: ['2'],
  UseRoaming: ['no'],
};

test('qssh -G says what ssh -G says about every option on its own', async () => {
  const all = Object.entries(directives).flatMap(([keyword, values]) =>
    values.map((value) => `${keyword} ${value}\n`),
  );
  for (const line of all) assert.notEqual(await agree(line, ['host']), 'refused', line);
});

test('qssh -G says what ssh -G says about lists that are given in full', async () => {
  const config = [
    'Ciphers aes256-ctr,aes128-gcm@openssh.com',
    'MACs hmac-sha2-512',
    'KexAlgorithms curve25519-sha256,diffie-hellman-group16-sha512',
    'HostKeyAlgorithms ssh-ed25519,rsa-sha2-512',
    'PubkeyAcceptedKeyTypes ssh-ed25519,ecdsa-sha2-*',
  ].join('\n');
  const names = ['ciphers', 'macs', 'kexalgorithms', 'hostkeyalgorithms'];
  assert.notEqual(await agree(config, ['host'], names), 'refused');
});

test('qssh -G makes the %C of a socket as ssh -G does', async () => {
  assert.notEqual(await agree('ControlPath ~/.ssh/%C\nPort 23\nUser alice\n', ['host']), 'refused');
});

test('qssh -G refuses what ssh -G refuses', async () => {
  const bad = [
    'Foo bar',
    'Port',
    'Port 0',
    'Port 65536',
    'Port x',
    'Port 22 23',
    'BatchMode maybe',
    'Port "22',
    'ConnectTimeout x',
    'ConnectTimeout -1',
    'Ciphers foo',
    'Ciphers aes256-ctr,foo',
    'MACs x',
    'KexAlgorithms x',
    'KexAlgorithms +foo',
    'HostKeyAlgorithms foo',
    'LogLevel loud',
    'AddressFamily ipx',
    'RekeyLimit x',
    'StrictHostKeyChecking sometimes',
    'NumberOfPasswordPrompts x',
    'SetEnv foo',
    'SendEnv a=b',
    'IPQoS zz',
    'EscapeChar xx',
    'LocalForward 1',
    'LocalForward x y',
    'RequestTTY foo',
    'ConnectionAttempts 0',
    'CanonicalizeHostname x',
    'UserKnownHostsFile none b',
    'ControlPersist x',
    'TunnelDevice x',
    'FingerprintHash foo',
    'StreamLocalBindMask 999',
    'Match foo',
    'Match host',
    'Match',
    'Match all host x',
    'Host ""',
    'ProxyJump a@',
    'PermitRemoteOpen x',
    'SyslogFacility x',
    'IdentityFile ""',
    'Compression maybe',
    'ControlPath %z',
    'RemoteCommand %z',
    'ControlPath ${QSSH_NO_SUCH_VARIABLE}',
    'DynamicForward x',
  ];
  for (const line of bad) await agree(`Host nowhere\n${line}\n`, ['host']);
  for (const line of bad) assert.equal(await agree(`${line}\n`, ['host']), 'refused', line);
});

test('qssh -G honours the order of command line, user and blocks as ssh -G does', async () => {
  const config =
    'Host web\n Port 1\n User one\nHost w*\n Port 2\n User two\n HostName real\nHost *\n Port 3\n';
  const lines = [
    ['web'],
    ['wet'],
    ['other'],
    ['-p', '9', 'web'],
    ['-p9', '-p8', 'web'],
    ['web', '-p', '7'],
    ['-l', 'me', 'web'],
    ['me@web', '-l', 'you'],
    ['-l', 'you', 'me@web'],
    ['-oUser=o', '-l', 'you', 'me@web'],
    ['-o', 'Port 5', '-oPort=6', 'web'],
    ['ssh://me@web:77'],
    ['ssh://m%65@web:77/'],
    ['-4Cqv', '-T', 'web', 'command', '-p', '3'],
    ['-tt', '-N', '-n', '-f', 'web'],
    ['-s', 'web', 'sftp'],
    ['-vv', '-e', 'none', '-i', '/no/such/key', 'web'],
    ['-e^C', '-x', '-a', '-g', 'web'],
    ['-c', 'aes256-ctr', '-m', 'hmac-sha2-512', 'web'],
    ['-b', '10.1.1.1', '-B', 'lo', 'web'],
    ['-J', 'jump:22', 'web'],
    ['-L', '80:a:80', '-L', '[::1]:81:/s', '-R', '82:b:83', '-R84', 'web'],
    ['-W', 'a:1', 'web'],
    ['-W', 'a:1', '-oClearAllForwardings=no', 'web'],
    ['--', 'web', '-p', '5'],
  ];
  for (const words of lines) assert.notEqual(await agree(config, words), 'refused', words.join(' '));
});

test('qssh -G follows Match and Include as ssh -G does', async () => {
  const included = join(folder, 'included');
  writeFileSync(included, 'Host web\n User inner\nMatch all\n Port 44\n', { mode: 0o600 });
  const configs = [
    'Match host web\n Port 1\nMatch host w*,!web\n Port 2\n',
    'HostName real\nMatch host real\n Port 1\nMatch originalhost web\n User o\n',
    'User u\nMatch user u\n Port 1\nMatch user x,u host web\n LogLevel debug\n',
    'Match !host web\n Port 1\nMatch all\n Port 2\n',
    'Match exec "true"\n Port 1\nMatch exec "false"\n User x\nMatch host other exec "exit 1"\n',
    'Match exec "test %h = web -a %n = web -a %p = 22"\n Port 1\n',
    `Match localuser root,${process.env['USER'] ?? 'root'}\n Port 1\nMatch localuser nobody\n User x\n`,
    'Match final\n Port 1\nMatch canonical\n User c\nMatch canonical all\n LogLevel error\n',
    'Match final host real\n Port 1\nHost web\n HostName real\n',
    'Match host=web user=root\n Port 5\n',
    'Match host "web" # a comment\n Port 5\n',
    'Match final all\n Port 7\n',
    `Include ${included}\nPort 5\n`,
    `Host other\n Include ${included}\nHost *\n Port 5\n`,
    `Host web\n Include ${included}\n User outer\n`,
    `Match host nothing\n Include ${included}\n`,
    `Include ${folder}/no-such-* ${included}\n`,
    'CanonicalizeHostname yes\nCanonicalDomains invalid\nMatch canonical\n Port 6\n',
    'IgnoreUnknown Foo*\nFooBar 1\nPort 6\n',
  ];
  for (const config of configs)
    for (const host of ['web', 'wet', 'root@other'])
      assert.notEqual(await agree(config, [host]), 'refused', config);
});

test('qssh -G lets ProxyCommand and ProxyJump exclude each other as ssh -G does', async () => {
  const lines = ['ProxyJump none', 'ProxyJump a', 'ProxyCommand none', 'ProxyCommand nc'];
  for (const first of lines)
    for (const second of lines)
      for (const third of lines) {
        const config = `${first}\n${second}\nMatch final\n${third}\n`;
        assert.notEqual(await agree(config, ['web']), 'refused', config);
      }
});

test('qssh -G completes a RekeyLimit, and asks about new host keys only in a shell, as ssh -G does', async () => {
  const limits = ['RekeyLimit 1G', 'RekeyLimit default none', 'RekeyLimit 16M 5m', 'RekeyLimit 3G 0'];
  for (const first of limits)
    for (const second of limits) {
      const config = `${first}\n${second}\nRekeyLimit 5G 1h\n`;
      assert.notEqual(await agree(config, ['web']), 'refused', config);
    }
  const lines = ['LogLevel error', 'LogLevel info', 'RequestTTY no', 'RequestTTY auto'];
  for (const line of [...lines, 'RemoteCommand x', 'RemoteCommand none', 'StdinNull yes'])
    await agree(`UpdateHostKeys ask\n${line}\n`, ['web']);
  const words = [
    ['web', 'true'],
    ['-tt', 'web', 'true'],
    ['-N', 'web'],
    ['-s', 'web', 'sftp'],
    ['-q', 'web'],
  ];
  for (const line of words) await agree('UpdateHostKeys ask\n', line);
});

test('qssh -G reads configs that fast-check made as ssh -G does', async () => {
  // OpenSSH takes these two from blocks that do not apply, too.
  const isSound = (keyword: string): boolean => !/^(?:SyslogFacility|StreamLocalBindMask)$/.test(keyword);
  const directive = fc
    .constantFrom(...Object.keys(directives).filter(isSound))
    .chain((keyword) =>
      fc.tuple(
        fc.constantFrom(keyword, keyword.toLowerCase(), `  ${keyword.toUpperCase()}`),
        fc.constantFrom(' ', '=', ' = ', '\t'),
        fc.constantFrom(...(directives[keyword] ?? [])),
        fc.constantFrom('', ' ', ' # comment', '\r'),
      ),
    );
  // Commands take all of their line: a comment would be part of it, and `=` is not taken off by both alike.
  const isCommand = /command|proxyjump/i;
  const line = directive.map(([keyword, gap, value, end]) =>
    isCommand.test(keyword) ? `${keyword} ${value.replace(/^=/, '')}` : `${keyword}${gap}${value}${end}`,
  );
  const head = fc.constantFrom(
    'Host web',
    'Host w* !wet',
    'Host *',
    'Host !web *',
    'Match host web',
    'Match all',
    'Match user alice',
    'Match originalhost w* !user bob',
    '# comment',
    '',
    'Match final',
  );
  const config = fc.array(fc.oneof({ weight: 4, arbitrary: line }, { weight: 1, arbitrary: head }), {
    maxLength: 12,
  });
  const host = fc.constantFrom('web', 'wet', 'alice@web', 'Other');
  await fc.assert(
    fc.asyncProperty(config, host, async (lines, name) => {
      await agree(`${lines.join('\n')}\n`, [name]);
    }),
    { numRuns: 80 },
  );
});
