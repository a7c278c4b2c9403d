import { utf8 } from '@orrery/bytes';
import { toPortable } from '@orrery/sshfiles';
import type { Client } from '@orrery/vault';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { takeOver } from './stage/account.ts';
import { look } from './stage/folder.ts';
import { plant, type Planted } from './stage/intruder.ts';
import type { Machine, Ran } from './stage/machine.ts';
import { connect, Marker } from './stage/openssh.ts';
import { Stage, succeeds } from './stage/stage.ts';

const stage = await Stage.build();

/** What the laptop's owner wrote. */
const BASE = `Include extra

Host web
  HostName 127.0.0.1
  Port 9
  StrictHostKeyChecking yes
  ForwardAgent no

Host build
  HostName 127.0.0.1
  ProxyCommand ~/.ssh/proxy.sh %h %p
  UserKnownHostsFile ~/.ssh/hosts_build

Match host check exec ~/.ssh/check.sh
  User checker

Host *
  StrictHostKeyChecking accept-new
`;

interface Cast {
  readonly laptop: Machine;
  readonly intruder: Client;
  readonly marker: Marker;
}

async function cast(): Promise<Cast> {
  const [laptop, desktop] = await stage.account(['laptop', 'desktop']);
  assert.ok(laptop !== undefined && desktop !== undefined);
  laptop.write('config', BASE);
  laptop.write('extra', 'Host extra\n  User somebody\n');
  laptop.write('proxy.sh', '#!/bin/sh\nexec nc "$1" "$2"\n', { mode: 0o755 });
  laptop.write('check.sh', '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  laptop.write(
    'hosts_build',
    'build ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1s3aJ1oJ1s3aJ1oJ1s3aJ1oJ1s3aJ1oJ1s3aJ1oAAA\n',
  );
  await succeeds(laptop, 'sync');
  return { laptop, intruder: await takeOver(desktop), marker: new Marker(laptop.home) };
}

/** A config as a machine stores it for all. */
function stored({ home }: Machine, name: string, text: string): Planted {
  const { bytes } = toPortable(utf8(text), { home, separator: '/' });
  return { name, content: bytes, portable: true };
}

/** Demands that a change waits for consent which `--yes` is not, that it is shown, and that nothing is touched. */
async function waits({ laptop, intruder }: Cast, file: Planted, shows: RegExp, what: string): Promise<Ran> {
  await plant(intruder, { files: [file] });
  const before = look(laptop.ssh);
  const ran = await laptop.run('sync', '--yes');
  assert.equal(ran.code, 4, `${what}\n${ran.out}${ran.err}`);
  assert.ok(
    ran.err.includes(`withheld ${file.name}: it stays as it is until you accept, with --accept-commands:`),
  );
  assert.match(ran.err, shows, what);
  assert.deepEqual(look(laptop.ssh), before, what);
  return ran;
}

/** Lines that run the marker's command when somebody connects to "web", in every spelling that OpenSSH reads. */
const running: readonly ((command: string) => string)[] = [
  (command) => `Host web\n  ProxyCommand ${command}\n`,
  (command) => `Host web\n  proxycommand ${command}\n`,
  (command) => `Host web\n  PROXYCOMMAND=${command}\n`,
  (command) => `Host web\n\tProxyCommand\t=\t${command}\n`,
  (command) => `Host web\r\n  ProxyCommand ${command}\r\n`,
  (command) => `Host web\n  "ProxyCommand" ${command}\n`,
  (command) => `Host web\nProxyCommand ${command}`,
  (command) => `ProxyCommand ${command}\n`,
  (command) => `Host w*b !x\n  ProxyCommand ${command}\n`,
  (command) => `Host "web"\n  ProxyCommand ${command}\n`,
  (command) => `Host=web\nProxyCommand=${command}\n`,
  (command) => `Match all\n  ProxyCommand ${command}\n`,
  (command) => `Match originalhost web\n  ProxyCommand ${command}\n`,
  (command) => `Match exec "${command}"\n  User x\n`,
  (command) => `Match host=web exec="${command}"\n  User x\n`,
  (command) => `Match !exec "${command}"\n  User x\n`,
  (command) => `mAtCh ExEc "${command}"\n`,
  (command) => `Host web\n  KnownHostsCommand /bin/${command}\n  ProxyCommand ${command}\n`,
  (command) => `Host web\n  ProxyUseFdpass yes\n  ProxyCommand ${command}\n`,
];

test('a line that runs a command waits for consent in every spelling in which OpenSSH runs it', async () => {
  const actors = await cast();
  const { laptop } = actors;
  const naive = join(laptop.home, 'naive-config');
  const lines = running.map((spell, index) => ({ spell, marker: new Marker(laptop.home, `ran-${index}-`) }));
  for (const { spell, marker } of lines) {
    // The control: a client that takes the config over, and its user's next connection.
    writeFileSync(naive, `${spell(marker.command)}\n${BASE}`, { mode: 0o600 });
    await connect(naive, 'web', laptop.home);
    assert.ok(marker.take(), `OpenSSH runs ${JSON.stringify(spell(''))}`);
  }
  // At the top, where no block is before it, and behind each other.
  for (const some of [lines.filter(({ spell }) => spell('').startsWith('ProxyCommand')), lines]) {
    const text = `${some.map(({ spell, marker }) => spell(marker.command)).join('\n')}\n${BASE}`;
    const { err } = await waits(actors, stored(laptop, 'config', text), /touch/, 'all spellings');
    for (const { spell, marker } of some) {
      assert.ok(err.includes(marker.command), `shows ${JSON.stringify(spell(''))}`);
      assert.ok(!marker.take(), 'the client ran it');
    }
  }
  await succeeds(laptop, 'sync', '--accept-commands');
  assert.match(laptop.read('config'), /ProxyCommand touch/);
});

/** Lines that expose, load or weaken something, and what must be shown. */
const dangerous: Readonly<Record<string, readonly [lines: string, shows: RegExp]>> = {
  'Include of a foreign file': ['Include /tmp/evil', /Include \/tmp\/evil/],
  'Include of a new file': ['Include new_file', /Include new_file/],
  'Include out of the folder': ['Include ../evil', /Include \.\.\/evil/],
  LocalCommand: ['Host web\n  PermitLocalCommand yes\n  LocalCommand touch x', /LocalCommand touch x/],
  KnownHostsCommand: ['Host web\n  KnownHostsCommand /bin/cat /tmp/x', /KnownHostsCommand/],
  ProxyJump: ['Host web\n  ProxyJump evil.example', /ProxyJump evil\.example/],
  RemoteCommand: ['Host web\n  RemoteCommand curl evil.example', /RemoteCommand curl/],
  PKCS11Provider: ['Host web\n  PKCS11Provider /tmp/evil.so', /PKCS11Provider/],
  SecurityKeyProvider: ['Host web\n  SecurityKeyProvider /tmp/evil.so', /SecurityKeyProvider/],
  XAuthLocation: ['Host web\n  XAuthLocation /tmp/evil', /XAuthLocation/],
  ForwardAgent: ['Host web\n  ForwardAgent yes', /ForwardAgent yes/],
  ForwardX11: ['Host web\n  ForwardX11 yes', /ForwardX11 yes/],
  RemoteForward: ['Host web\n  RemoteForward 8080 localhost:22', /RemoteForward/],
  LocalForward: ['Host web\n  LocalForward 0.0.0.0:8080 localhost:22', /LocalForward/],
  DynamicForward: ['Host web\n  DynamicForward 1080', /DynamicForward/],
  Tunnel: ['Host web\n  Tunnel yes', /Tunnel yes/],
  IdentityAgent: ['Host web\n  IdentityAgent /tmp/agent', /IdentityAgent/],
  SendEnv: ['Host web\n  SendEnv *', /SendEnv \*/],
  UserKnownHostsFile: ['Host web\n  UserKnownHostsFile /dev/null', /UserKnownHostsFile/],
  GlobalKnownHostsFile: ['Host web\n  GlobalKnownHostsFile /tmp/x', /GlobalKnownHostsFile/],
  HostKeyAlias: ['Host web\n  HostKeyAlias build', /HostKeyAlias build/],
  VerifyHostKeyDNS: ['Host web\n  VerifyHostKeyDNS yes', /VerifyHostKeyDNS/],
  NoHostAuthenticationForLocalhost: [
    'Host web\n  NoHostAuthenticationForLocalhost yes',
    /NoHostAuthenticationForLocalhost/,
  ],
  ControlPath: ['Host web\n  ControlPath /tmp/socket', /ControlPath/],
  'a value that a shell would run': ['Host web\n  User $(touch x)', /\$\(touch x\)/],
  'a host name that a shell would run': ['Host web\n  HostName `touch x`', /`touch x`/],
  'a keyword that nobody knows': ['Host web\n  FutureKeyword yes', /FutureKeyword/],
  'unknown keywords made silent': ['IgnoreUnknown *', /IgnoreUnknown/],
  'weak algorithms': ['Host web\n  Ciphers 3des-cbc', /Ciphers 3des-cbc/],
};

/** Changes of the config that weaken something that was there: what must be shown. */
const weakening: Readonly<Record<string, readonly [change: (base: string) => string, shows: RegExp]>> = {
  'a check turned off': [(base) => base.replace('Checking yes', 'Checking no'), /StrictHostKeyChecking no/],
  'a protecting line removed': [(base) => base.replace('  ForwardAgent no\n', ''), /- .*ForwardAgent no/],
  'a check removed': [
    (base) => base.replace('  StrictHostKeyChecking yes\n', ''),
    /- .*StrictHostKeyChecking yes/,
  ],
  'the whole host removed': [
    (base) => base.replace(/Host web\n(?: .*\n)*/, ''),
    /- .*StrictHostKeyChecking yes/,
  ],
  'an earlier weaker line': [
    (base) => `Host w*\n  StrictHostKeyChecking accept-new\n${base}`,
    /StrictHostKeyChecking/,
  ],
  'the weaker block first': [
    (base) =>
      base.replace(/Host web\n(?: .*\n)*\n/, '').concat(/Host web\n(?: .*\n)*\n/.exec(base)?.[0] ?? ''),
    /StrictHostKeyChecking/,
  ],
  'a protecting block that no longer matches': [
    (base) => base.replace('Host web', 'Host wed'),
    /StrictHostKeyChecking yes/,
  ],
  'an accepted command for more hosts': [(base) => base.replace('Host build', 'Host *'), /ProxyCommand/],
  'an accepted command with other words': [(base) => base.replace('%h %p', '%h %p; touch x'), /touch x/],
  'an accepted command under another check': [
    (base) => base.replace('Match host check exec', 'Match exec'),
    /Match exec/i,
  ],
};

test('every line that loads, exposes or weakens something waits for consent', async () => {
  const actors = await cast();
  const { laptop, intruder } = actors;
  const lines = Object.values(dangerous).map(([written]) => written);
  await plant(intruder, { files: [stored(laptop, 'config', `${lines.join('\n\n')}\n\n${BASE}`)] });
  const before = look(laptop.ssh);
  const { code, err } = await laptop.run('sync', '--yes');
  assert.equal(code, 4, err);
  // A line is shown because it needs consent, and for nothing else.
  for (const [what, [, shows]] of Object.entries(dangerous)) assert.match(err, shows, what);
  assert.deepEqual(look(laptop.ssh), before);
});

test('the loss of a line that protects waits for consent', async () => {
  const actors = await cast();
  for (const [what, [change, shows]] of Object.entries(weakening)) {
    const text = change(BASE);
    assert.notEqual(text, BASE, what);
    await waits(actors, stored(actors.laptop, 'config', text), shows, what);
  }
});

test('names, ports, users, timeouts, comments and what turns something off need no consent', async () => {
  const { laptop, intruder } = await cast();
  const harmless = [
    '# a comment',
    'Host new',
    '  HostName new.example',
    '  Port 2222',
    '  User me',
    '  ServerAliveInterval 30',
    '  ForwardX11 no',
    '  IdentityFile ~/.ssh/id_new',
    '',
  ];
  const text = BASE.replace('Host web', `${harmless.join('\n')}\nHost web`);
  await plant(intruder, { files: [stored(laptop, 'config', text)] });
  await succeeds(laptop, 'sync', '--yes');
  assert.equal(laptop.read('config'), text);
});

test('the config deleted elsewhere stays until that is accepted', async () => {
  const { laptop, intruder } = await cast();
  await plant(intruder, { deleted: ['config'] });
  const before = look(laptop.ssh);
  const { code, err } = await laptop.run('sync', '--yes');
  assert.equal(code, 4, err);
  assert.match(err, /- config, .*StrictHostKeyChecking yes/);
  assert.deepEqual(look(laptop.ssh), before);
});

test('files that accepted lines run, include or trust wait for consent like the lines', async () => {
  const actors = await cast();
  const { laptop, marker } = actors;
  const script = `#!/bin/sh\n${marker.command}\n`;
  const other = 'build ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEvilEvilEvilEvilEvilEvilEvilEvilEvilEvilEvi\n';
  await waits(actors, { name: 'proxy.sh', content: script, mode: 0o755 }, /proxy\.sh/, 'a proxy');
  await waits(actors, { name: 'check.sh', content: script, mode: 0o755 }, /check\.sh/, 'a check');
  const evil = stored(laptop, 'extra', `Host *\n  ProxyCommand ${marker.command}\n`);
  await waits(actors, evil, /ProxyCommand touch/, 'an included file');
  await waits(actors, { name: 'hosts_build', content: other }, /hosts_build.*build/, 'known hosts');
  await succeeds(laptop, 'sync', '--accept-commands');
  assert.equal(laptop.read('proxy.sh'), script);
});

test('a config and what it includes, runs and trusts cannot be slipped in one after the other', async () => {
  const actors = await cast();
  const { laptop, intruder, marker } = actors;
  // First a file that a proxy might read at most, then the line that makes it a config.
  const harmless = { name: 'harmless', content: `Host *\n  ProxyCommand ${marker.command}\n` };
  await waits(actors, harmless, /a program that ssh_config names may read it/, 'the file');
  await succeeds(laptop, 'sync', '--accept-commands');
  await waits(actors, stored(laptop, 'config', `Include harmless\n${BASE}`), /Include harmless/, 'the line');
  // Both at once, and the line in an included file.
  const both = [
    stored(laptop, 'extra', 'Include second\n'),
    stored(laptop, 'second', `Host *\n  ProxyCommand ${marker.command}\n`),
  ];
  await plant(intruder, { files: both });
  const before = look(laptop.ssh);
  assert.equal((await laptop.run('sync', '--yes')).code, 4);
  assert.deepEqual(look(laptop.ssh), before);
});

test('a config under a name that only some systems tell from "config" waits for consent', async () => {
  const [laptop, desktop] = await stage.account(['laptop', 'desktop']);
  assert.ok(laptop !== undefined && desktop !== undefined);
  laptop.write('id_ed25519', 'the key of the laptop\n');
  await succeeds(laptop, 'sync');
  const intruder = await takeOver(desktop);
  const marker = new Marker(laptop.home);
  for (const name of ['Config', 'CONFIG', 'conﬁg']) {
    const actors = { laptop, intruder, marker };
    await waits(actors, stored(laptop, name, `ProxyCommand ${marker.command}\n`), /ProxyCommand touch/, name);
    await plant(intruder, { deleted: [name] });
    await succeeds(laptop, 'sync');
  }
});

test('bytes that are no config neither arrive as one nor stop the sync of all else', async () => {
  const { laptop, intruder } = await cast();
  const content = utf8(`Host *\n  ProxyCommand\0 x\n`);
  const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n';
  for (const portable of [true, false]) {
    await plant(intruder, {
      files: [
        { name: 'config', content, portable },
        { name: `beside_${portable}`, content: publicKey },
      ],
    });
    const before = laptop.read('config');
    const ran = await laptop.run('sync', '--yes');
    assert.equal(ran.code, 4, `${portable} ${ran.out}${ran.err}`);
    assert.equal(laptop.read('config'), before);
    assert.equal(laptop.read(`beside_${portable}`), publicKey);
  }
});

test('files that act at logins wait for consent even where they are asked for', async () => {
  const actors = await cast();
  const { laptop } = actors;
  const names = ['authorized_keys', 'rc', 'environment'];
  for (const name of names) laptop.write(name, 'own\n');
  await succeeds(laptop, 'sync', '--include', ...names);
  await actors.intruder.session.refresh();
  for (const name of names)
    await waits(actors, { name, content: 'planted\n' }, /who may log in here|what a login does/, name);
});

test('lines that were accepted are remembered for that exact line and block', async () => {
  const actors = await cast();
  const { laptop, intruder } = actors;
  const own = 'Host web\n  ProxyCommand nc first.example 22\n';
  await plant(intruder, { files: [stored(laptop, 'config', `${own}\n${BASE}`)] });
  await succeeds(laptop, 'sync', '--accept-commands');
  await plant(intruder, { files: [stored(laptop, 'config', BASE)] });
  await laptop.run('sync', '--accept-commands');
  await plant(intruder, { files: [stored(laptop, 'config', `${own}\n${BASE}`)] });
  await succeeds(laptop, 'sync', '--yes');
  const elsewhere = `Host other\n  ProxyCommand nc first.example 22\n\n${BASE}`;
  await waits(actors, stored(laptop, 'config', elsewhere), /ProxyCommand nc first/, 'another block');
});
