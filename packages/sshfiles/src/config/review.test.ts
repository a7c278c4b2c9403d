import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import type { FolderPlace } from './place.ts';
import { toPortable } from './portable.ts';
import { reviewConfig } from './review.ts';
import { ruleFor } from './rules.ts';

const place: FolderPlace = { home: '/home/alice', folder: '/home/alice/.ssh', separator: '/' };
const windows: FolderPlace = { home: 'C:\\Users\\Al', folder: 'C:\\Users\\Al\\.ssh', separator: '\\' };

/** The questions as `+line` or `-line`. */
function asked(current: string | undefined, incoming: string | undefined, at = place): string[] {
  const bytes = (text: string | undefined): Uint8Array | undefined =>
    text === undefined ? undefined : utf8(text);
  return reviewConfig(bytes(current), bytes(incoming), at).map(
    ({ change, line }) => `${change === 'added' ? '+' : '-'}${line}`,
  );
}

test('reviewConfig asks nothing about names, ports, users, time limits, own keys and features turned off', () => {
  const config = `# my machines
Compression yes

Host web *.example.com !db büro "quoted" 192.168.1.? [::1] # work
  HostName web-%h.example.com
  Port 2222
  User = alice
  AddressFamily inet6
  IdentityFile ~/.ssh/id_web
  IdentityFile "/home/alice/.ssh/my key"
  identityfile=%d/.ssh/%h_%r
  CertificateFile \${HOME}/.ssh/id-cert.pub
  IdentitiesOnly yes
  ConnectTimeout 10s
  ConnectionAttempts 3 # slow
  ServerAliveInterval 1m30s
  ServerAliveCountMax 3
  TCPKeepAlive no
  ForwardAgent no
  ForwardX11 No
  ProxyCommand none
  ProxyJump none
  ControlMaster no
  ControlPath none
  StrictHostKeyChecking yes
  HashKnownHosts yes
  PasswordAuthentication no
  PreferredAuthentications publickey,keyboard-interactive
  RequestTTY force
  BatchMode yes
  LogLevel VERBOSE
  SendEnv -LC_*
  RequiredRSASize 3072
\tVisualHostKey yes\r
Match host a,*.b user root
  Port 22
Match all
  User alice
match ORIGINALHOST x localuser=alice
`;
  assert.deepEqual(asked(undefined, config), []);
  assert.deepEqual(asked('', config), []);
});

test('reviewConfig asks about every line that runs, loads, forwards, exposes, weakens or points elsewhere', () => {
  const lines = `ProxyCommand nc %h %p
LocalCommand true
PermitLocalCommand yes
KnownHostsCommand keys
RemoteCommand true
ProxyUseFdpass yes
XAuthLocation /usr/bin/xauth
PKCS11Provider /lib/x.so
SecurityKeyProvider internal
ForwardAgent yes
ForwardAgent $SSH_AUTH_SOCK
ForwardX11 yes
ForwardX11Trusted yes
ForwardX11Timeout 0
LocalForward 8080 a:80
RemoteForward 8080 a:80
DynamicForward 1080
GatewayPorts yes
Tunnel yes
TunnelDevice 0
PermitRemoteOpen any
StreamLocalBindMask 0
StreamLocalBindUnlink yes
SendEnv LC_*
SetEnv A=b
ProxyJump b
AddKeysToAgent yes
EnableEscapeCommandline yes
StrictHostKeyChecking no
StrictHostKeyChecking off
StrictHostKeyChecking accept-new
HostKeyAlias x
CheckHostIP no
VerifyHostKeyDNS yes
NoHostAuthenticationForLocalhost yes
UpdateHostKeys yes
HashKnownHosts no
FingerprintHash md5
HostKeyAlgorithms +ssh-rsa
HostKeyAlgorithms -ssh-ed25519
Ciphers aes128-cbc
MACs +hmac-md5
KexAlgorithms ^diffie-hellman-group14-sha1
CASignatureAlgorithms ssh-rsa
PubkeyAcceptedAlgorithms +ssh-rsa
RequiredRSASize 1024
LogLevel QUIET
LogLevel FATAL
LogVerbose *
CanonicalizeHostname yes
CanonicalDomains a.example
CanonicalizePermittedCNAMEs *:*
Include work
IdentityAgent /tmp/agent
IdentitiesOnly no
UserKnownHostsFile /dev/null
GlobalKnownHostsFile x
RevokedHostKeys x
ControlPath /tmp/x
ControlMaster auto
ControlPersist yes
IgnoreUnknown *
Tag x
UseKeychain yes
GSSAPIDelegateCredentials yes
IdentityFile /etc/x
IdentityFile id
IdentityFile ~/id
IdentityFile ~/.ssh/../x
CertificateFile ~bob/.ssh/x`.split('\n');
  for (const line of lines) assert.deepEqual(asked(undefined, `Host a\n  ${line}\n`), [`+${line}`]);
  assert.deepEqual(
    asked(undefined, lines.join('\n')),
    lines.map((line) => `+${line}`),
  );
});

test('reviewConfig asks about unusual values of harmless keywords and in block heads', () => {
  const lines = `HostName a;b
HostName -oProxyCommand=x
HostName $(x)
HostName %r
HostName a b
User \`x\`
User -l
User a\\b
User %h
User \${X}
User 'a'
Port 22;x
Port 0x16
Port ssh
ConnectTimeout 1e
IPQoS a;b
EscapeChar a
IdentityFile ~/.ssh/$(x)
IdentityFile ~/.ssh/%z
IdentityFile ~/.ssh/a ~/.ssh/b
IdentityFile ~/.ssh
Host a;b
Host $(x)
Host \`x\`
Host a|b
Host
Host ""
Host "a
Match
Match host a;b
Match host
Match odd a
Match final host a
Match canonical all
Match host a all x
Match "host" a
Match host == a
Match host = a`.split('\n');
  for (const line of lines) assert.deepEqual(asked(undefined, `${line}\n`), [`+${line}`]);
});

test('reviewConfig says where the line stands and what it can do', () => {
  const [first, second] = reviewConfig(
    undefined,
    utf8('ForwardAgent yes\n  Host  a b\n\tProxyCommand  x \n'),
    place,
  );
  assert.deepEqual(
    [first?.where, first?.line, first?.reason],
    ['every host', 'ForwardAgent yes', 'lets the remote machine use your keys'],
  );
  assert.deepEqual(
    [second?.where, second?.line, second?.reason],
    ['Host  a b', 'ProxyCommand  x', 'runs a program on every connection to matching hosts'],
  );
});

test('reviewConfig trusts a line that is already there in the same block', () => {
  const current = 'Host a\n  ForwardAgent yes\n  User x\nHost b\n';
  assert.deepEqual(
    asked(current, '# new\nHost z\nHost  a\n\tForwardAgent  yes # yes\n  User y\n'.replace(' # yes', '')),
    [],
  );
  assert.deepEqual(asked(current, current.replaceAll('\n', '\r\n')), []);
  assert.deepEqual(asked(current, 'Host a\n  User x\nHost b\n  ForwardAgent yes\n'), ['+ForwardAgent yes']);
  assert.deepEqual(asked(current, 'Host a c\n  ForwardAgent yes\n'), ['+ForwardAgent yes']);
  assert.deepEqual(asked(current, `ForwardAgent yes\n${current}`), ['+ForwardAgent yes']);
});

test('reviewConfig asks about protections that go away', () => {
  const lines = `StrictHostKeyChecking yes
StrictHostKeyChecking ask
ForwardAgent no
RevokedHostKeys ~/.ssh/revoked
HashKnownHosts yes
IdentitiesOnly yes
Ciphers aes256-gcm@openssh.com
KexAlgorithms -ecdh*
ProxyCommand none
ProxyJump bastion
CheckHostIP yes
PermitLocalCommand no
PasswordAuthentication no
UpdateHostKeys no
RequiredRSASize 3072
UserKnownHostsFile ~/.ssh/k
Include work
HostKeyAlias x
SendEnv -LC_*
ControlPath none
IdentityAgent none
ClearAllForwardings yes
VerifyHostKeyDNS no`.split('\n');
  for (const line of lines) {
    assert.deepEqual(asked(`Host a\n  ${line}\n`, 'Host a\n'), [`-${line}`]);
    assert.deepEqual(asked(`Host a\n  ${line}\n`, undefined), [`-${line}`]);
  }
  for (const line of [
    'ForwardAgent yes',
    'ProxyUseFdpass yes',
    'User x',
    'Port 1',
    'LocalCommand x',
    'Ciphers +x',
    'StrictHostKeyChecking no',
  ]) {
    assert.deepEqual(asked(`Host a\n  ${line}\n`, 'Host a\n'), []);
  }
  assert.deepEqual(asked('RequiredRSASize 4096', 'RequiredRSASize 2048'), ['-RequiredRSASize 4096']);
  assert.deepEqual(asked('StrictHostKeyChecking yes', 'StrictHostKeyChecking no'), [
    '+StrictHostKeyChecking no',
    '-StrictHostKeyChecking yes',
  ]);
});

test('reviewConfig asks when another value begins to count first', () => {
  const [no, yes] = ['Host bank\n  ForwardAgent no\n', 'Host *\n  ForwardAgent yes\n'];
  assert.deepEqual(asked(no + yes, yes + no), ['+ForwardAgent yes']);
  assert.deepEqual(asked(yes + no, no + yes), []);
  assert.deepEqual(asked(no + yes, yes + no + yes), ['+ForwardAgent yes']);
  const disjoint = 'Host b c\n  ForwardAgent yes\n';
  assert.deepEqual(asked(no + disjoint, disjoint + no), []);
  const strict = 'Host *\n  StrictHostKeyChecking yes\n';
  assert.deepEqual(asked(strict, `Host bank\n  StrictHostKeyChecking ask\n${strict}`), [
    '+StrictHostKeyChecking ask',
  ]);
  assert.deepEqual(asked(strict, `${strict}Host bank\n  StrictHostKeyChecking ask\n`), []);
  const ask = 'Host *\n  StrictHostKeyChecking ask\n';
  assert.deepEqual(asked(ask, `Host bank\n  StrictHostKeyChecking yes\n${ask}`), []);
  const off = 'Match all\n  PasswordAuthentication no\n';
  assert.deepEqual(asked(off, `Host bank\n  PasswordAuthentication yes\n${off}`), [
    '+PasswordAuthentication yes',
  ]);
});

test('reviewConfig gives a line that overrides another an identity of its own', () => {
  const [no, yes] = ['Host bank\n  ForwardAgent no\n', 'Host *\n  ForwardAgent yes\n'];
  const ids = [asId('', no + yes), asId(no, yes + no), asId(no + yes, yes + no), asId('', yes)];
  assert.deepEqual([ids[0] === ids[3], ids[1] === ids[2], ids[0] === ids[1]], [true, true, false]);

  function asId(current: string, incoming: string): string | undefined {
    return reviewConfig(utf8(current), utf8(incoming), place).find(({ line }) => line === 'ForwardAgent yes')
      ?.id;
  }
});

test('reviewConfig judges stored paths like local ones', () => {
  for (const text of [
    'IdentityFile /home/alice/.ssh/id\n',
    'IdentityFile "/home/alice/.ssh/my id"\n',
    'IdentityFile ~/.ssh/id\n',
  ]) {
    assert.deepEqual(reviewConfig(undefined, toPortable(utf8(text), place).bytes, place), []);
  }
  const outside = toPortable(utf8('IdentityFile /home/alice/id\nInclude /home/alice/.ssh/x\n'), place).bytes;
  assert.deepEqual(
    reviewConfig(undefined, outside, place).map(({ line }) => line),
    ['IdentityFile ~/id', 'Include ~/.ssh/x'],
  );
});

test('reviewConfig knows the synced folder on Windows', () => {
  for (const path of [
    'C:\\Users\\Al\\.ssh\\id',
    'c:/users/AL/.ssh/id',
    '"C:\\Users\\Al\\.ssh\\my id"',
    '~/.ssh/id',
    '~\\.ssh\\id',
  ]) {
    assert.deepEqual(asked(undefined, `IdentityFile ${path}`, windows), []);
  }
  for (const path of [
    'C:\\Users\\Al\\id',
    'C:\\Users\\Al\\.ssh\\..\\id',
    'D:\\Users\\Al\\.ssh\\id',
    '\\\\host\\share\\id',
  ]) {
    assert.deepEqual(asked(undefined, `IdentityFile ${path}`, windows), [`+IdentityFile ${path}`]);
  }
});

test('reviewConfig has a rule for every keyword that the installed ssh prints', () => {
  const { stdout } = spawnSync('ssh', ['-G', '-F', 'none', '-o', 'SendEnv=a', '-o', 'Tunnel=no', 'x'], {
    encoding: 'utf8',
  });
  const keywords = stdout
    .split('\n')
    .map((line) => line.split(' ', 1).join('').toLowerCase())
    .filter((keyword) => keyword !== '' && keyword !== 'host');
  assert.ok(keywords.length > 60);
  for (const keyword of keywords) assert.ok(ruleFor(keyword) !== undefined, keyword);
});

test('reviewConfig asks nothing when nothing changes, and about no line twice', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (current, incoming) => {
      assert.deepEqual(reviewConfig(current, current, place), []);
      const ids = reviewConfig(current, incoming, place).map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
    }),
  );
});

test('reviewConfig asks about a change of order among more lines than it compares', () => {
  const blocks = Array.from(
    { length: 4000 },
    (_, index) => `Host h${index}\n  ForwardAgent ${index % 2 === 0 ? 'yes' : 'no'}\n`,
  );
  const current = blocks.join('');
  assert.deepEqual(asked(current, `Host new\n  User x\n${current}`), []);
  assert.equal(asked(current, blocks.toReversed().join('')).length, 4000);
  assert.ok(asked(`Host h0\n  ForwardAgent no\n${current}`, current).includes('-ForwardAgent no'));
});

test('reviewConfig refuses configs with more lines than it compares', () => {
  const lines = utf8('Host a\n'.repeat(10_001));
  const refused = /^RangeError: Cannot review ssh_config of 10001 lines: at most 10000 are allowed$/;
  assert.throws(() => reviewConfig(undefined, lines, place), refused);
  assert.throws(() => reviewConfig(lines, undefined, place), refused);
});
