import { concat, utf8, Writer } from '@orrery/bytes';
import { randomBytes, sha256 } from '@orrery/crypto';
import type { Client } from '@orrery/vault';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSshd } from '../e2e/stage/sshd.ts';
import { takeOver } from './stage/account.ts';
import { look } from './stage/folder.ts';
import { plant } from './stage/intruder.ts';
import type { Machine } from './stage/machine.ts';
import { Stage, succeeds } from './stage/stage.ts';

const stage = await Stage.build();

/** An Ed25519 host key as known_hosts has it. */
function hostKey(seed: string): string {
  const blob = new Writer()
    .text('ssh-ed25519')
    .string(sha256(utf8(seed)))
    .finish();
  return `ssh-ed25519 ${blob.toBase64()}`;
}

/** An RSA host key: of another type than the known one. */
function rsaKey(): string {
  const modulus = concat(new Uint8Array([0, 0x80]), randomBytes(255));
  const blob = new Writer()
    .text('ssh-rsa')
    .string(new Uint8Array([1, 0, 1]))
    .string(modulus)
    .finish();
  return `ssh-rsa ${blob.toBase64()}`;
}

/** The line with its host names hashed, as `HashKnownHosts yes` writes them. */
function hashed(folder: string, line: string): string {
  const path = join(folder, 'to-hash');
  writeFileSync(path, `${line}\n`, { mode: 0o600 });
  execFileSync('ssh-keygen', ['-q', '-H', '-f', path], { stdio: 'ignore' });
  return execFileSync('cat', [path], { encoding: 'utf8' }).trim();
}

/** Whether OpenSSH takes the key for a key of that host. */
function trusts(path: string, host: string, key: string): boolean {
  try {
    return execFileSync('ssh-keygen', ['-F', host, '-f', path], { encoding: 'utf8' }).includes(key);
  } catch {
    return false;
  }
}

interface Cast {
  readonly laptop: Machine;
  readonly intruder: Client;
  /** Lines of the known_hosts that both machines have. */
  readonly base: readonly string[];
}

async function cast(): Promise<Cast> {
  const [laptop, desktop] = await stage.account(['laptop', 'desktop']);
  assert.ok(laptop !== undefined && desktop !== undefined);
  const base = [
    `web.example ${hostKey('web')}`,
    hashed(laptop.home, `hidden.example ${hostKey('hidden')}`),
    `[gate.example]:2222 ${hostKey('gate')}`,
    `@revoked * ${hostKey('stolen')}`,
  ];
  laptop.write('known_hosts', asFile(base));
  for (const name of ['id_a', 'id_b', 'id_c']) laptop.write(name, `${name}\n`);
  await succeeds(laptop, 'sync');
  return { laptop, intruder: await takeOver(desktop), base };
}

function asFile(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

async function send(intruder: Client, lines: readonly string[]): Promise<void> {
  await plant(intruder, { files: [{ name: 'known_hosts', content: asFile(lines) }] });
}

/** Demands that the lines wait for consent which `--yes` is not, and that nothing is touched. */
async function waits({ laptop, intruder }: Cast, lines: readonly string[], what: string): Promise<string> {
  await send(intruder, lines);
  const before = look(laptop.ssh);
  const { code, out, err } = await laptop.run('sync', '--yes');
  assert.equal(code, 4, `${what}\n${out}${err}`);
  assert.match(err, /withheld known_hosts: it stays as it is until you accept, with --accept-commands:/);
  assert.deepEqual(look(laptop.ssh), before, what);
  return err;
}

test('a key that would be trusted for a known host waits for consent, however its line is written', async () => {
  const actors = await cast();
  const { laptop, base } = actors;
  const evil = hostKey('evil');
  const { home } = laptop;
  const lines: Readonly<Record<string, readonly [host: string, line: string]>> = {
    'of the same type': ['web.example', `web.example ${evil}`],
    'in other letters': ['web.example', `WEB.Example ${evil}`],
    'beside a new host': ['web.example', `new.example,web.example ${evil}`],
    'with a hashed name': ['web.example', hashed(home, `web.example ${evil}`)],
    'for a host known by a hashed name': ['hidden.example', `hidden.example ${evil}`],
    'hashed anew for a host known by a hashed name': [
      'hidden.example',
      hashed(home, `hidden.example ${evil}`),
    ],
    'at another port than 22': ['[gate.example]:2222', `[gate.example]:2222 ${evil}`],
    'for all hosts': ['web.example', `* ${evil}`],
    'for a pattern': ['web.example', `*.example ${evil}`],
    'for a pattern of one letter': ['web.example', `we?.example ${evil}`],
    'for all but one': ['web.example', `*,!other.example ${evil}`],
    'behind blanks and tabs': ['web.example', `  \tweb.example\t${evil} comment`],
    'in windows line ends': ['web.example', `web.example ${evil}\r`],
  };
  const naive = join(home, 'naive_known_hosts');
  for (const [what, [host, written]] of Object.entries(lines)) {
    writeFileSync(naive, asFile([...base, written]));
    assert.ok(trusts(naive, host, evil), `OpenSSH takes a key ${what}`);
    await waits(actors, [...base, written], what);
  }
  await waits(actors, [...base, `web.example ${rsaKey()}`], 'of another type');
  await waits(actors, [entry('web.example', 'evil'), ...base.slice(1)], 'in the place of the known one');
  await succeeds(laptop, 'sync', '--accept-commands');
  assert.ok(trusts(join(laptop.ssh, 'known_hosts'), 'web.example', evil));
});

function entry(host: string, seed: string): string {
  return `${host} ${hostKey(seed)}`;
}

test('authorities of certificates wait for consent, and so does the end of a revocation', async () => {
  const actors = await cast();
  const { base } = actors;
  const [web = '', hidden = '', gate = '', revoked = ''] = base;
  for (const extra of [
    `@cert-authority * ${hostKey('ca')}`,
    `@cert-authority *.example ${hostKey('ca')}`,
    `@cert-authority new.example ${hostKey('ca')}`,
  ])
    await waits(actors, [...base, extra], extra);
  for (const [what, lines] of Object.entries({
    removed: [web, hidden, gate],
    narrowed: [web, hidden, gate, revoked.replace('*', 'other.example')],
    'without its marker': [web, hidden, gate, revoked.replace('@revoked ', '')],
    commented: [web, hidden, gate, `# ${revoked}`],
  }))
    assert.match(await waits(actors, lines, what), /@revoked \*/, what);
});

test('a known key is not replaced in two steps: first out, then another in', async () => {
  const actors = await cast();
  const { laptop, intruder, base } = actors;
  await send(intruder, base.slice(1));
  await succeeds(laptop, 'sync', '--yes');
  assert.ok(!trusts(join(laptop.ssh, 'known_hosts'), 'web.example', hostKey('web')));
  await waits(actors, [...base.slice(1), entry('web.example', 'evil')], 'the second step');
  // Nor with more steps between, nor for the hashed one.
  await send(intruder, [base[2] ?? '', base[3] ?? '', entry('unrelated.example', 'unrelated')]);
  await succeeds(laptop, 'sync', '--yes');
  for (const host of ['web.example', 'hidden.example'])
    await waits(actors, [...base.slice(2), entry(host, 'evil')], `${host} again`);
});

test('the file is not emptied and filled again, nor brought in by another name', async () => {
  const actors = await cast();
  const { laptop, intruder, base } = actors;
  await plant(intruder, { deleted: ['known_hosts'] });
  const ran = await laptop.run('sync', '--yes');
  assert.equal(ran.code, 4, 'the file has a revocation');
  for (const name of ['known_hosts2', 'Known_Hosts']) {
    await plant(intruder, { files: [{ name, content: asFile([entry('*', 'evil')]) }] });
    const before = look(laptop.ssh);
    const { code, err } = await laptop.run('sync', '--yes');
    assert.equal(code, 4, err);
    assert.deepEqual(look(laptop.ssh), before);
    await plant(intruder, { deleted: [name], files: [{ name: 'known_hosts', content: asFile(base) }] });
  }
});

test('hosts that nobody knew, and hosts that are forgotten, need no consent', async () => {
  const { laptop, intruder, base } = await cast();
  await send(intruder, [...base.slice(1), entry('new.example', 'new')]);
  await succeeds(laptop, 'sync', '--yes');
  assert.ok(trusts(join(laptop.ssh, 'known_hosts'), 'new.example', hostKey('new')));
});

test('two machines that learned different keys of one host are told of a possible interception', async () => {
  const actors = await cast();
  const { laptop, intruder, base } = actors;
  await send(intruder, [...base, entry('new.example', 'seen by the desktop')]);
  laptop.write('known_hosts', asFile([...base, entry('new.example', 'seen by the laptop')]), { age: 5 });
  const before = look(laptop.ssh);
  const { code, err } = await laptop.run('sync', '--yes');
  assert.equal(code, 4, err);
  assert.match(
    err,
    /warning: known_hosts: new\.example: two machines saw different keys .*possible interception/,
  );
  assert.deepEqual(look(laptop.ssh), before);
});

/** What a real ssh says that trusts these files of the laptop, to a server with the host key of somebody else. */
function dial({ ssh }: Machine, port: number, checking: string): string {
  const files = `UserKnownHostsFile=${ssh}/known_hosts ${ssh}/known_hosts2`;
  const options = [files, `StrictHostKeyChecking=${checking}`, 'BatchMode=yes'].flatMap((option) => [
    '-o',
    option,
  ]);
  const words = ['-F', '/dev/null', ...options, '-p', `${port}`, 'nobody@127.0.0.1', 'true'];
  return spawnSync('ssh', words, { encoding: 'utf8' }).stderr;
}

const REFUSED = /Host key verification failed/;
const MET = /Permission denied/;

test('a second file does not give a known host another key, where the real ssh would take it', async () => {
  const { laptop, intruder } = await cast();
  const sshd = await startSshd(join(laptop.home, 'sshd'), '');
  try {
    const host = `[127.0.0.1]:${sshd.port}`;
    const evil = readFileSync(join(laptop.home, 'sshd/host_key.pub'), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
    laptop.write('known_hosts', asFile([`${host} ${hostKey('real')}`]));
    await succeeds(laptop, 'sync');
    await intruder.session.refresh();
    assert.match(dial(laptop, sshd.port, 'yes'), REFUSED);
    const content = asFile([`${host} ${evil}`]);
    await plant(intruder, { files: [{ name: 'known_hosts2', content }] });
    const { code, err } = await laptop.run('sync', '--yes');
    assert.equal(code, 4);
    assert.match(err, /withheld known_hosts2: .*\n.*new key for a known host/);
    assert.match(dial(laptop, sshd.port, 'yes'), REFUSED);
    // The control: it is written by a naive client.
    laptop.write('known_hosts2', content);
    assert.match(dial(laptop, sshd.port, 'yes'), MET);
  } finally {
    await sshd.stop();
  }
});

test('a host does not leave known_hosts unasked, or at least unheard, where the next key would be taken', async () => {
  const { laptop, intruder, base } = await cast();
  const sshd = await startSshd(join(laptop.home, 'sshd'), '');
  try {
    const lines = [...base, `[127.0.0.1]:${sshd.port} ${hostKey('real')}`];
    laptop.write('known_hosts', asFile(lines));
    await succeeds(laptop, 'sync');
    await intruder.session.refresh();
    assert.match(dial(laptop, sshd.port, 'accept-new'), REFUSED);
    // The control: without the line.
    laptop.write('known_hosts', asFile(base));
    assert.match(dial(laptop, sshd.port, 'accept-new'), MET);
    laptop.write('known_hosts', asFile(lines));
    laptop.write('config', 'Host *\n  StrictHostKeyChecking accept-new\n');
    await succeeds(laptop, 'sync');
    await intruder.session.refresh();
    const shown = await waits({ laptop, intruder, base }, base, 'with accept-new');
    assert.match(shown, /takes the next key of a host that it does not know, unasked/);
    assert.match(dial(laptop, sshd.port, 'accept-new'), REFUSED);
    laptop.write('config', 'Host *\n  StrictHostKeyChecking ask\n', { age: 5 });
    const { err } = await succeeds(laptop, 'sync');
    assert.match(err, /warning: known_hosts: another machine took out \[127\.0\.0\.1\]:\d+: ssh will ask/);
  } finally {
    await sshd.stop();
  }
});
