// What qsshd -T says of configurations as people have them, beside sshd -T.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { readSshdConfig } from '../../apps/qssh/src/sshd-config/read-file.ts';
import { startSshd } from '../e2e/stage/sshd.ts';
import { makeFolder } from './stage/folder.ts';
import { QSSHD, startQsshd } from './stage/qsshd.ts';
import { runSsh } from './stage/ssh.ts';

const folder = makeFolder();
const key = join(folder, 'host_key');
execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
mkdirSync('/run/sshd', { recursive: true });

interface Printed {
  readonly lines: readonly string[];
  readonly errors: string;
}

function ask(program: readonly string[], file: string, words: readonly string[]): Printed {
  const [name = '', ...before] = program;
  const args = [...before, '-T', '-f', file, '-h', key, ...words];
  const { status, stdout, stderr } = spawnSync(name, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return { lines: stdout.trimEnd().split('\n'), errors: stderr };
}

const keywordOf = (line: string): string => line.split(' ', 1)[0] ?? '';

/** Lists of which each program has its own, unless the configuration names all. */
const lists = [
  'casignaturealgorithms',
  'ciphers',
  'macs',
  'kexalgorithms',
  'hostkeyalgorithms',
  'pubkeyacceptedalgorithms',
];

/** Names that sshd prints and qsshd does not: they are about what qsshd says elsewhere that it does not have. */
const unsaid = [
  'gssapicleanupcredentials',
  'gssapikexalgorithms',
  'gssapistorecredentialsonrekey',
  'gssapistrictacceptorcheck',
  'hostbasedacceptedalgorithms',
  'ignorerhosts',
  'ignoreuserknownhosts',
  'kerberosorlocalpasswd',
  'kerberosticketcleanup',
  'modulifile',
  'permitlisten',
  'permitopen',
  'securitykeyprovider',
  'x11displayoffset',
  'x11uselocalhost',
  'xauthlocation',
];

/** Directives of later versions of OpenSSH, and of ours alone. */
const later = ['passwordfile', 'persourcepenalties', 'persourcepenaltyexemptlist'];

/** Of what there is less or something else by default, and how qsshd says so. */
const usual = [
  '+ allowstreamlocalforwarding no',
  '+ allowtcpforwarding no',
  '+ ipqos none',
  '+ pidfile /run/qsshd.pid',
  '+ printlastlog no',
];

/** The lines of which only one has, as diff marks them: `-` for what sshd alone says. Order counts within one keyword. */
function differences(config: string, words: readonly string[] = []): readonly string[] {
  const file = join(folder, 'config');
  writeFileSync(file, config);
  const theirs = ask(['/usr/sbin/sshd'], file, words).lines;
  const ours = ask([process.execPath, QSSHD], file, words).lines;
  const named = new Set(config.split('\n').map((line) => keywordOf(line.trim()).toLowerCase()));
  const isCompared = (keyword: string): boolean =>
    !later.includes(keyword) && (!lists.includes(keyword) || named.has(keyword));
  const keywords = new Set([...theirs, ...ours].map(keywordOf).filter(isCompared));
  return [...keywords].toSorted().flatMap((keyword) => {
    const [here, there] = [ours, theirs].map((lines) => lines.filter((line) => keywordOf(line) === keyword));
    const isSame = here?.join('\n') === there?.join('\n');
    return isSame || (here?.length === 0 && unsaid.includes(keyword))
      ? []
      : (here ?? []).map((line) => `+ ${line}`);
  });
}

const configs: Readonly<Record<string, { readonly text: string; readonly differs?: readonly string[] }>> = {
  'as Debian has it': {
    text: `Include /etc/ssh/no-such-folder/*.conf
KbdInteractiveAuthentication no
UsePAM yes
X11Forwarding yes
PrintMotd no
AcceptEnv LANG LC_*
Subsystem	sftp	/usr/lib/openssh/sftp-server
`,
    differs: ['+ x11forwarding no'],
  },
  'of a hardened server': {
    text: `Port 22
Port 2222
AddressFamily any
HostCertificate /etc/ssh/one-cert.pub
HostCertificate two-cert.pub
HostKeyAgent /run/keys.sock
ListenAddress 192.0.2.10
ListenAddress [2001:db8::10]:2022
HostKeyAlgorithms ssh-ed25519,rsa-sha2-512
KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org
Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr
MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com
PubkeyAcceptedAlgorithms ssh-ed25519,rsa-sha2-512,rsa-sha2-256
RequiredRSASize 3072
LogLevel VERBOSE
SyslogFacility AUTHPRIV
PermitRootLogin no
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthenticationMethods publickey
MaxAuthTries 3
MaxSessions 2
MaxStartups 10:30:60
LoginGraceTime 30s
ClientAliveInterval 5m
ClientAliveCountMax 0
AllowTcpForwarding no
AllowAgentForwarding no
AllowStreamLocalForwarding no
X11Forwarding no
PermitTunnel no
PermitUserEnvironment no
Compression no
TCPKeepAlive no
UseDNS no
StrictModes yes
Banner /etc/issue.net
VersionAddendum none
DebianBanner no
AllowGroups ssh-users "the admins"
DenyUsers root@*.example guest
`,
  },
  'of a server for files alone': {
    text: `Subsystem sftp internal-sftp -f AUTH -l INFO
AllowGroups sftp
Match Group sftp,!admin
    ChrootDirectory /srv/sftp/%u
    ForceCommand internal-sftp -d /upload -u 0027
    PermitTTY no
    X11Forwarding no
    AllowTcpForwarding no
    AuthorizedKeysFile /etc/ssh/keys/%u .ssh/authorized_keys
Match User alice Address 192.0.2.0/24,2001:db8::/32
    RekeyLimit 512M 30m
    MaxSessions 1
    Banner none
Match LocalPort 2222
    PermitRootLogin forced-commands-only
`,
  },
  'of a forge': {
    text: `AuthorizedKeysFile none
AuthorizedKeysCommand /usr/local/bin/forge-keys -e git -u %u -t %t -k %k
AuthorizedKeysCommandUser git
AllowUsers git
PermitUserEnvironment GIT_PROTOCOL
AcceptEnv GIT_PROTOCOL
SetEnv "FORGE=one two" OTHER=x
PrintMotd no
PermitUserRC no
ExposeAuthInfo yes
UnusedConnectionTimeout 5m
PerSourceMaxStartups 20
PerSourceNetBlockSize 24:56
HostCertificate none
HostKeyAgent SSH_AUTH_SOCK
`,
    differs: ['+ unusedconnectiontimeout none'],
  },
};

suite('qsshd -T says what sshd -T says of a configuration', () => {
  for (const [name, { text, differs = [] }] of Object.entries(configs))
    test(name, () => {
      const named = text.split('\n').map((line) => keywordOf(line).toLowerCase());
      const expected = [...usual.filter((line) => !named.includes(keywordOf(line.slice(2)))), ...differs];
      const at = ['-C', 'user=alice,host=a.example,addr=192.0.2.7,laddr=127.0.0.1,lport=2222'];
      assert.deepEqual(differences(text, at), expected.toSorted());
    });

  test('with the ports of the command line in the place of all others', () => {
    const config = 'Port 1\nListenAddress 192.0.2.1\nListenAddress 192.0.2.2:3\n';
    assert.deepEqual(differences(config, ['-p', '44', '-p', '55']), usual);
  });
});

test('what qsshd -T says can be read back, and means the same', () => {
  const file = join(folder, 'config');
  const { text } = configs['of a hardened server'] ?? assert.fail();
  // Neither program prints quotes.
  writeFileSync(file, text.replace('"the admins"', 'admins'));
  const first = ask([process.execPath, QSSHD], file, []);
  assert.equal(first.errors, '');
  writeFileSync(file, `${first.lines.join('\n')}\n`);
  const second = spawnSync(process.execPath, [QSSHD, '-T', '-f', file], { encoding: 'utf8' });
  assert.deepEqual([second.stdout.trimEnd().split('\n'), second.stderr], [first.lines, '']);
});

test('qsshd says once why it cannot read its configuration', () => {
  const file = join(folder, 'nothing-here');
  const { status, stderr } = spawnSync(process.execPath, [QSSHD, '-t', '-f', file], { encoding: 'utf8' });
  const expected = `Cannot read configuration "${file}": No such file or directory\r\n`;
  assert.deepEqual([status, stderr], [1, expected]);
});

test('qsshd -t warns of files that keep people out while they cannot be used', () => {
  const [file, empty, open] = ['config', 'empty', 'open'].map((name) => join(folder, name));
  assert.ok(file !== undefined && empty !== undefined && open !== undefined);
  writeFileSync(empty, '', { mode: 0o600 });
  writeFileSync(open, '', { mode: 0o644 });
  const check = (lines: readonly string[]): readonly unknown[] => {
    writeFileSync(file, [`HostKey ${key}`, ...lines, ''].join('\n'));
    const { status, stderr } = spawnSync(process.execPath, [QSSHD, '-t', '-f', file], { encoding: 'utf8' });
    return [status, ...stderr.replaceAll(`${folder}/`, '').split('\r\n').slice(0, -1)];
  };
  const names = ['RevokedKeys', 'PasswordFile', 'TrustedUserCAKeys', 'AuthorizedPrincipalsFile'];
  assert.deepEqual(check(names.map((name) => `${name} ${empty}`)), [0]);
  assert.deepEqual(check([...names.map((name) => `${name} none`), 'Match all', 'RevokedKeys none']), [0]);
  assert.deepEqual(
    check([
      `RevokedKeys ${folder}/lost`,
      `PasswordFile ${open}`,
      'AuthorizedPrincipalsFile .ssh/principals',
      'Match User a',
      `TrustedUserCAKeys ${folder}/lost`,
      `AuthorizedPrincipalsFile ${folder}/%u`,
      'Match User b',
      `AuthorizedPrincipalsFile ${folder}/lost`,
    ]),
    [
      0,
      'config line 2: cannot use "lost": it cannot be opened: no key logs in until it can be used',
      'config line 3: cannot use "open": others can read or write it: no password is right until it can be used',
      'config line 6: cannot use "lost": it cannot be opened: no CA is trusted until it can be used',
      'config line 9: cannot use "lost": it cannot be opened: it has no principals until it can be used',
    ],
  );
});

test('qsshd knows every directive that sshd knows', () => {
  const file = join(folder, 'config');
  writeFileSync(file, '');
  const printed = ask(['/usr/sbin/sshd'], file, []).lines.map(keywordOf);
  // Those that sshd prints only where they are set.
  const others =
    `acceptenv allowgroups allowusers channeltimeout debianbanner denygroups denyusers hostcertificate
    include logverbose match setenv subsystem`.split(/\s+/);
  assert.ok(printed.length > 80);
  const complaints = [...printed, ...others].map((keyword) => {
    try {
      readSshdConfig(undefined, [`${keyword} x`]);
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
  });
  assert.deepEqual(
    complaints.filter((text) => text.includes('Bad configuration option')),
    [],
  );
});

test('RequiredRSASize keeps shorter keys out, as with sshd', async () => {
  const place = join(folder, 'rsa');
  mkdirSync(join(place, 'sshd'), { recursive: true });
  const lines = ['2048', '3072'].map((bits) => {
    const words = ['-q', '-t', 'rsa', '-b', bits, '-N', '', '-f', join(place, bits)];
    execFileSync('ssh-keygen', words);
    return readFileSync(join(place, `${bits}.pub`), 'utf8');
  });
  const ours = await startQsshd(place, ['RequiredRSASize 3000']);
  ours.authorize(lines.join(''));
  const theirs = await startSshd(join(place, 'sshd'), lines.join(''), ['RequiredRSASize 3000']);
  after(() => theirs.stop());
  for (const { port } of [theirs, ours]) {
    const codes = ['2048', '3072'].map(async (bits) => {
      const words = ['-i', join(place, bits), '-o', 'BatchMode=yes', '-o', 'IdentitiesOnly=yes'];
      return (await runSsh(port, [...words, 'root@127.0.0.1', 'true'])).code;
    });
    assert.deepEqual(await Promise.all(codes), [255, 0]);
  }
});
