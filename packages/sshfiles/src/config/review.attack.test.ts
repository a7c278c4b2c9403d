// What another machine might try, so that a config does harm here without a question. Each trick is also shown to a
// naive review, which looks for new lines that begin with a known dangerous keyword: it misses them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import type { FolderPlace } from './place.ts';
import { reviewConfig } from './review.ts';

const place: FolderPlace = { home: '/home/alice', folder: '/home/alice/.ssh', separator: '/' };

/** The control: what a review by keyword would ask about. */
function naiveReview(current: string, incoming: string): string[] {
  const known = new Set(current.split('\n').map((line) => line.replace(/^[ \t]+/, '')));
  const dangerous =
    /^(ProxyCommand|LocalCommand|KnownHostsCommand|Match exec|ForwardAgent yes|StrictHostKeyChecking no|Include)\b/;
  return incoming
    .split('\n')
    .map((line) => line.replace(/^[ \t]+/, ''))
    .filter((line) => dangerous.test(line) && !known.has(line));
}

/** A trick: its name, the config here, the config that arrives, and the lines that must be asked about. */
type Trick = readonly [name: string, current: string, incoming: string, asked: readonly string[]];

function checkTricks(tricks: readonly Trick[]): void {
  for (const [name, current, incoming, asked] of tricks) {
    const items = reviewConfig(Buffer.from(current, 'latin1'), Buffer.from(incoming, 'latin1'), place);
    assert.deepEqual(
      items.map(({ change, line }) => `${change === 'added' ? '+' : '-'}${line}`),
      asked,
      name,
    );
    assert.deepEqual(naiveReview(current, incoming), [], `the control sees: ${name}`);
  }
}

test('the control bites: naiveReview sees what is written in the usual way', () => {
  assert.deepEqual(naiveReview('', 'Host a\n  ProxyCommand x\n'), ['ProxyCommand x']);
  assert.deepEqual(naiveReview('', 'Match exec x\nUser a\n'), ['Match exec x']);
});

test('reviewConfig asks about commands however their keyword is written', () => {
  const line = (text: string, shown = text): Trick => [text, '', `${text}\n`, [`+${shown}`]];
  checkTricks([
    ...[
      '"ProxyCommand" x',
      'Pro"xyCommand" x',
      '"ProxyCommand"x',
      '""ProxyCommand x',
      '=ProxyCommand x',
      '= ProxyCommand=x',
    ].map((text) => line(text)),
    ...[
      'pROXYcOMMAND x',
      'PROXYCOMMAND=x',
      'proxycommand\tx',
      "'ProxyCommand' x",
      'proxyCommand"x"',
      'Proxy\\Command x',
    ].map((text) => line(text)),
    ['CR in front', '', '\rProxyCommand x\n', ['+\\u{d}ProxyCommand x']],
    ['CR behind the keyword', '', 'proxyCommand\rx\n', ['+proxyCommand\\u{d}x']],
    ['form feed in front', '', '\fProxyCommand x\n', ['+\\u{c}ProxyCommand x']],
    ['vertical tab in front', '', '\vProxyCommand x\n', ['+\\u{b}ProxyCommand x']],
    ['blank that is none', '', '\u00a0ProxyCommand x\n', ['+\\xa0ProxyCommand x']],
    ['byte order mark', '', '\u00ef\u00bb\u00bfProxyCommand x\n', ['+\\u{feff}ProxyCommand x']],
    ['keyword cut short', '', 'ProxyComm x\nProxy x\n', ['+ProxyComm x', '+Proxy x']],
    [
      'names of object properties',
      '',
      'constructor x\n__proto__ x\ntoString x\n',
      ['+constructor x', '+__proto__ x', '+toString x'],
    ],
  ]);
});

test('reviewConfig asks about what stands behind a harmless value', () => {
  checkTricks([
    [
      'more arguments',
      '',
      'Port 22 ProxyCommand x\nForwardAgent no yes\n',
      ['+Port 22 ProxyCommand x', '+ForwardAgent no yes'],
    ],
    [
      'none and more',
      '',
      'proxycommand none; x\nproxycommand none # x\nproxycommand "none"\n',
      ['+proxycommand none; x', '+proxycommand none # x', '+proxycommand "none"'],
    ],
    ['none and a host', '', 'ProxyJump none,evil.example\n', ['+ProxyJump none,evil.example']],
    ['two files', '', 'IdentityFile ~/.ssh/a /etc/b\n', ['+IdentityFile ~/.ssh/a /etc/b']],
    [
      'upper case',
      '',
      'StrictHostKeyChecking NO\nforwardagent YES\n',
      ['+StrictHostKeyChecking NO', '+forwardagent YES'],
    ],
    [
      'other words for yes and no',
      '',
      'StrictHostKeyChecking false\nForwardAgent true\n',
      ['+StrictHostKeyChecking false', '+ForwardAgent true'],
    ],
    [
      'equals and quotes',
      '',
      'StrictHostKeyChecking="no"\n"StrictHostKeyChecking"=no\n',
      ['+StrictHostKeyChecking="no"', '+"StrictHostKeyChecking"=no'],
    ],
    ['single quotes', '', "User 'a'\n", ["+User 'a'"]],
    ['escapes', '', 'User a\\ b\n', ['+User a\\ b']],
    ['open quote', '', 'User "a\nHost "b\n', ['+User "a', '+Host "b']],
    [
      'blanks that push a command out of sight',
      '',
      `ForwardAgent${' '.repeat(300)}yes\n`,
      [`+ForwardAgent${' '.repeat(300)}yes`],
    ],
  ]);
});

test('reviewConfig asks about lines that another reader might cut elsewhere', () => {
  checkTricks([
    ['CR in a comment', '', '# a\rProxyCommand x\n', ['+# a\\u{d}ProxyCommand x']],
    ['CR in a value', '', 'User a\rProxyCommand x\n', ['+User a\\u{d}ProxyCommand x']],
    ['NUL in a comment', '', '# a\0ProxyCommand x\n', ['+# a\\u{0}ProxyCommand x']],
    ['NUL behind a value', '', 'Port 22\0ProxyCommand x\n', ['+Port 22\\u{0}ProxyCommand x']],
    ['NUL in front', '', '\0ProxyCommand x\n', ['+\\u{0}ProxyCommand x']],
    [
      'NUL behind a trusted line',
      'Port 22\nTunnel yes\n',
      'Port 22\nTunnel yes\0 x\n',
      ['+Tunnel yes\\u{0} x'],
    ],
    ['escape sequence in a comment', '', '# a\u001b[2KProxyCommand x\n', ['+# a\\u{1b}[2KProxyCommand x']],
    ['quote that hides the line', '', 'Port"22\n', ['+Port"22']],
    [
      'comment longer than an old buffer',
      '',
      `#${' '.repeat(1022)}ProxyCommand x\n`,
      [`+#${' '.repeat(1022)}ProxyCommand x`],
    ],
    ['blank line longer than an old buffer', '', `${' '.repeat(1100)}\n`, ['+']],
    ['line longer than an old buffer', '', `Host ${'a '.repeat(600)}b\n`, [`+Host ${'a '.repeat(600)}b`]],
    ['no continuation', '', '# a \\\nRemoteCommand x\n', ['+RemoteCommand x']],
  ]);
});

test('reviewConfig asks about programs in block heads however they are written', () => {
  const heads = `Match host a exec "x"
MATCH EXEC x
Match\texec x
Match !exec x
Match ex"ec" x
Match 'exec' x
"Match" exec x
Match=exec=x
Match host=a exec=x
Match host "a" exec x
Match all exec x
Match originalhost a EXEC="x"
match exec\rx
Match host a\rexec x
Match host exec exec x
Match ex\\ec x
Host a;x
Host $(x)
Host \`x\`
Host "a b"
Match host a|b
Match user $(x)`.split('\n');
  checkTricks(
    heads.map((head): Trick => [head, '', `${head}\nUser a\n`, [`+${head.replace('\r', '\\u{d}')}`]]),
  );
});

test('reviewConfig asks about values that an accepted command hands to the shell', () => {
  const current = 'Host *\n  ProxyCommand nc %h %p # %r\n';
  checkTricks(
    [
      'HostName a;x',
      'HostName $(x)',
      'HostName -x',
      'HostName a`x`',
      'HostName a|x',
      'HostName %r',
      'HostName a\\b',
      'User $(x)',
      'User -x',
      'User a;x',
      'Port 22;x',
      'HostName \u00e4',
    ].map((line): Trick => [
      line,
      current,
      `Host a\n  ${line}\n${current}`,
      [`+${Buffer.from(line, 'latin1').includes(0xe4) ? 'HostName \\xe4' : line}`],
    ]),
  );
});

test('reviewConfig asks when accepted lines come to hold for other hosts', () => {
  const current = 'Host a\n  User x\n  ForwardAgent yes\nHost b\n  User y\n';
  const moved = ['+ForwardAgent yes'];
  checkTricks([
    ['wider pattern', current, current.replace('Host a', 'Host a *'), moved],
    ['other pattern', current, current.replace('Host a', 'Host bank'), moved],
    ['without its head', current, current.replace('Host a\n', ''), moved],
    ['head changed into a comment', current, current.replace('Host a', '#Host a'), moved],
    ['head changed into another keyword', current, current.replace('Host a', 'User a'), moved],
    ['a head in front of it', current, current.replace('  ForwardAgent', 'Host bank\n  ForwardAgent'), moved],
    ['moved down', current, 'Host a\n  User x\nHost b\n  ForwardAgent yes\n', moved],
    ['negation taken away', 'Host * !bank\n  ForwardAgent yes\n', 'Host *\n  ForwardAgent yes\n', moved],
    ['quoted head', current, current.replace('Host a', 'Host "a *"'), ['+Host "a *"', '+ForwardAgent yes']],
    ['Match instead of Host', current, current.replace('Host a', 'Match host *'), moved],
  ]);
});

test('reviewConfig asks when a protection no longer counts', () => {
  const strict = 'Host bank\n  StrictHostKeyChecking yes\n';
  const gone = ['-StrictHostKeyChecking yes'];
  checkTricks([
    ['deleted', strict, 'Host bank\n', gone],
    ['block deleted', strict, '', gone],
    ['changed into a comment', strict, strict.replace('  Strict', '  #Strict'), gone],
    [
      'joined to the line before',
      strict,
      'Host bank\n  User a  StrictHostKeyChecking yes\n',
      ['+User a  StrictHostKeyChecking yes', ...gone],
    ],
    [
      'behind a head that nothing enters',
      strict,
      'Host bank\nHost #\n  StrictHostKeyChecking yes\n',
      ['+Host #', ...gone],
    ],
    ['for fewer hosts', strict, 'Host bank !bank\n  StrictHostKeyChecking yes\n', gone],
    [
      'behind Match final',
      strict,
      'Host bank\nMatch final all\n  StrictHostKeyChecking yes\n',
      ['+Match final all', ...gone],
    ],
    [
      'with another line end',
      strict,
      strict.replaceAll('\n', '\r'),
      ['+Host bank\\u{d}  StrictHostKeyChecking yes', ...gone],
    ],
    [
      'weaker value in front of it',
      strict,
      strict.replace('  Strict', '  StrictHostKeyChecking ask\n  Strict'),
      ['+StrictHostKeyChecking ask'],
    ],
    [
      'weaker value for all in front of it',
      strict,
      `StrictHostKeyChecking ask\n${strict}`,
      ['+StrictHostKeyChecking ask'],
    ],
    [
      'weaker value in upper case',
      strict,
      `Host BAN?\n  StrictHostKeyChecking ask\n${strict}`,
      ['+StrictHostKeyChecking ask'],
    ],
    [
      'shorter keys in front of it',
      'Host *\n  RequiredRSASize 4096\n',
      'Host a\n  RequiredRSASize 2048\nHost *\n  RequiredRSASize 4096\n',
      ['+RequiredRSASize 2048'],
    ],
    [
      'direct way in front of a jump',
      'Match all\n  ProxyJump tor\n',
      'proxycommand none\nMatch all\n  ProxyJump tor\n',
      ['+proxycommand none'],
    ],
    [
      'password in front of its ban',
      'PasswordAuthentication no\n',
      'PasswordAuthentication yes\nPasswordAuthentication no\n',
      ['+PasswordAuthentication yes'],
    ],
  ]);
});

test('reviewConfig asks when the order lets another value count', () => {
  const [no, yes] = ['Host bank\n  ForwardAgent no\n', 'Host *\n  ForwardAgent yes\n'];
  const proxy = 'Host bank\n  ProxyJump none\n';
  const command = 'Match all\n  ProxyCommand x\n';
  const [one, two] = ['Match user a\n  SetEnv A=1\n', 'Match user b\n  SetEnv A=2\n'];
  checkTricks([
    ['blocks swapped', no + yes, yes + no, ['+ForwardAgent yes']],
    ['accepted block copied to the top', no + yes, yes + no + yes, ['+ForwardAgent yes']],
    ['first of two protections deleted', no + yes + no, yes + no, ['+ForwardAgent yes']],
    ['protection deleted that overrode an accepted line', no + yes, yes, ['-ForwardAgent no']],
    ['exception deleted, by another keyword', proxy + command, command, ['-ProxyJump none']],
    ['exception moved behind, by another keyword', proxy + command, command + proxy, ['+ProxyCommand x']],
    ['accepted values swapped', one + two, two + one, ['+SetEnv A=2']],
    ['accepted value deleted', one + two, two, ['-SetEnv A=1']],
    ['variable sent again', 'SendEnv A\nSendEnv -A\n', 'SendEnv -A\nSendEnv A\n', ['+SendEnv A']],
    ['variable sent twice', 'SendEnv A\nSendEnv -A\n', 'SendEnv A\nSendEnv -A\nSendEnv A\n', ['+SendEnv A']],
    [
      'included file moved up',
      'ForwardAgent no\nInclude x\n',
      'Include x\nForwardAgent no\n',
      ['+Include x'],
    ],
    ['accepted line moved up', 'Include x\nTunnel yes\n', 'Tunnel yes\nInclude x\n', ['+Tunnel yes']],
    [
      'value that an included file may forbid',
      'Include x\n',
      'PasswordAuthentication yes\nInclude x\n',
      ['+PasswordAuthentication yes'],
    ],
    ['included file deleted', 'Include x\n', '', ['-Include x']],
  ]);
});

test('reviewConfig asks when a name switches a block on or off', () => {
  const block = 'Match host 10.*\n  StrictHostKeyChecking no\n';
  const user = 'Match user deploy\n  ForwardAgent yes\n';
  const final = 'Match final host x\n  User y\n';
  const host = 'Host 10.*\n  StrictHostKeyChecking no\n';
  const name = 'Host bank\n  HostName 10.evil.example\n';
  const own = 'Match host bank\n  StrictHostKeyChecking yes\n';
  const chain = `Match user u\n  HostName 10.evil.example\n${block}`;
  const [tagged, tag] = ['Match tagged a\n  Tunnel yes\n', 'Host bank\n  Tag a\n'];
  const guard = 'Host bank\n  User root\nMatch user root\n  ForwardAgent no\n';
  checkTricks([
    ['host name', block, name + block, ['+HostName 10.evil.example']],
    ['host name that was behind', block + name, name + block, ['+HostName 10.evil.example']],
    ['user', user, `Host bank\n  User deploy\n${user}`, ['+User deploy']],
    ['user for all', user, `User deploy\n${user}`, ['+User deploy']],
    ['host name and second reading', final + host, final + host + name, ['+HostName 10.evil.example']],
    ['second reading', host + name, host + name + final, ['+Match final host x']],
    [
      'canonical names',
      host + name,
      `${host}${name}CanonicalizeHostname always\n`,
      ['+CanonicalizeHostname always'],
    ],
    ['own name at last', own, `Host bank\n  HostName evil.example\n${own}`, ['+HostName evil.example']],
    ['other user', guard, guard.replace('User root', 'User admin'), ['+User admin', '-User root']],
    ['user deleted', guard, guard.replace('  User root\n', ''), ['-User root']],
    ['user overridden', guard, `User admin\n${guard}`, ['+User admin']],
    ['second reading deleted', `Match final all\n  User a\n${host}`, host, ['-Match final all']],
    [
      'weaker value behind a protection that counts on the second reading',
      'Host a\n  HostName evil\nMatch final host e*\n  PasswordAuthentication no\n',
      'Host a\n  HostName evil\nMatch final host e*\n  PasswordAuthentication no\nHost a\n  PasswordAuthentication yes\n',
      ['+PasswordAuthentication yes'],
    ],
    [
      'weaker value for a name that the protection does not have',
      'Match final user q\nHost a\n  HostName evil\nHost e*\n  PasswordAuthentication no\n',
      'Match final user q\nHost e*\n  PasswordAuthentication no\nHost a\n  HostName evil\n  PasswordAuthentication yes\n',
      ['+PasswordAuthentication yes'],
    ],
    ['names in turn', chain, `User u\n${chain}`, ['+User u']],
    [
      'from one Match block to the same before it',
      'Match !host b\n  HostName b\nMatch !host b\n  Tunnel yes\n',
      'Match !host b\n  Tunnel yes\n  HostName b\n',
      ['+Tunnel yes'],
    ],
    [
      'one of two equal Match blocks',
      `${block}Host a\n  HostName 10.evil.example\nMatch host 10.*\n  Port 1\n`,
      `Host a\n  HostName 10.evil.example\n${block}Match host 10.*\n  Port 1\n`,
      ['+HostName 10.evil.example'],
    ],
    ['tag that was behind', tagged + tag, tag + tagged, ['+Tag a']],
    [
      'tag',
      'Match tagged a\n  ForwardAgent yes\n',
      'Host bank\n  Tag a\nMatch tagged a\n  ForwardAgent yes\n',
      ['+Tag a'],
    ],
  ]);
  const harmless = reviewConfig(
    utf8(block + user),
    utf8(`Host a\n  HostName a.example\n  User alice\n${block}${user}`),
    place,
  );
  assert.deepEqual(harmless, []);
});

test('reviewConfig asks about obsolete names, each of which some version of ssh obeys', () => {
  const lines = `IdentityFile2 /etc/x
SmartcardDevice /x.so
DSAAuthentication yes
ChallengeResponseAuthentication yes
SkeyAuthentication yes
TISAuthentication yes
PubkeyAcceptedKeyTypes +ssh-dss
HostbasedKeyTypes +ssh-dss
GlobalKnownHostsFile2 x
UserKnownHostsFile2 x
Protocol 1
Cipher none
AFSTokenPassing yes
RhostsRSAAuthentication yes
KerberosTGTPassing yes
UsePrivilegedPort yes
UseRsh yes
FallBackToRsh yes
RSAAuthentication yes
UseRoaming yes
KeepAlive yes
ProxyUseFdpass yes
NoneEnabled yes
NoneSwitch yes
XAuthLocation x
SetupTimeOut 1
ProtocolKeepAlives 1
UseBlacklistedKeys yes
IgnoreUnknown U*
GSSAPITrustDns yes`.split('\n');
  checkTricks(lines.map((line): Trick => [line, '', `${line}\n`, [`+${line}`]]));
});

test('reviewConfig asks about paths that only look as if they were in the folder', () => {
  const paths = `~/.ssh/../x
~/.ssh/a/../../x
~/.sshx/id
~alice/.ssh/id
$HOME/.ssh/id
.ssh/id
/home/alice/.ssh
/home/alice/.ssh/..
%d/../.ssh/id
~/.ssh/$(x)
~/.ssh/\`x\`
~/.ssh/a;b
~/.ssh/*
~/.ssh/\${X}
~/.ssh/%x
~/.ssh/a%
//home/bob/.ssh/id
/home/ALICE/.ssh/id
~\\.ssh\\id
a\0home\0/.ssh/id
\0home\0/../x
\0home\0\0home\0/.ssh/id
\0homeff\0/x`.split('\n');
  for (const path of paths) {
    const items = reviewConfig(undefined, utf8(`IdentityFile ${path}\n`), place);
    assert.equal(items.length, 1, JSON.stringify(path));
  }
  for (const line of [
    'User \0home\0',
    'Host \0home\0',
    '# \0home\0',
    '\0home\0',
    '\0home\0User x',
    'HostName \0home\0',
    'Port 2\0home\u00002',
  ]) {
    assert.equal(reviewConfig(undefined, utf8(`${line}\n`), place).length, 1, JSON.stringify(line));
  }
});

test('an answer for a line is no answer for the line at another place', () => {
  const [no, yes] = ['Host bank\n  ForwardAgent no\n', 'Host *\n  ForwardAgent yes\n'];
  const accepted = new Set(reviewConfig(utf8(no), utf8(no + yes), place).map(({ id }) => id));
  const returned = reviewConfig(utf8(no), utf8(yes + no), place);
  assert.deepEqual(
    returned.map(({ line }) => line),
    ['ForwardAgent yes'],
  );
  assert.ok(returned.every(({ id }) => !accepted.has(id)));
  const invalid = [0xfe, 0xff].map(
    (byte) => reviewConfig(undefined, Uint8Array.from([...utf8('LocalCommand '), byte]), place)[0]?.id,
  );
  assert.notEqual(invalid[0], invalid[1]);
});
