import { Writer, utf8 } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Machine, temporaryFolder } from '../../testing/machine.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
const OTHER_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';

/** The victim's machine, and one that plays false but signs as it should. */
async function pair(): Promise<readonly [Machine, Machine]> {
  const laptop = await Machine.found(temporaryFolder(), 'laptop');
  return [laptop, await laptop.admit('desktop')];
}

describe('a machine that gives a file a second meaning', () => {
  it('does not make a program harmless by including it', async () => {
    const [laptop, desktop] = await pair();
    laptop.write('config', 'Host a\n  ProxyCommand ~/.ssh/proxy.sh\n');
    laptop.write('proxy.sh', '#!/bin/sh\n', { mode: 0o755 });
    await laptop.sync();
    await desktop.sync({}, { accept: () => Promise.resolve(true) });
    desktop.write('config', 'Include ~/.ssh/proxy.sh\nHost a\n  ProxyCommand ~/.ssh/proxy.sh\n');
    desktop.write('proxy.sh', '#!/usr/bin/env -S sh -c "touch owned"\n', { mode: 0o755 });
    await desktop.sync();
    const { withheld } = await laptop.sync();
    assert.deepEqual(withheld.map(({ name }) => name).toSorted(), ['config', 'proxy.sh']);
    assert.equal(laptop.read('proxy.sh'), '#!/bin/sh\n');
  });

  it('does not make a login harmless by calling its file known_hosts', async () => {
    const [laptop, desktop] = await pair();
    const include = ['authorized_keys'];
    laptop.write('authorized_keys', `${KEY}\n`);
    await laptop.sync({ include });
    await desktop.sync({ include }, { accept: () => Promise.resolve(true) });
    desktop.write('config', 'UserKnownHostsFile ~/.ssh/authorized_keys\n');
    desktop.write('authorized_keys', `${KEY}\npty ${OTHER_KEY}\n`);
    await desktop.sync();
    const { withheld } = await laptop.sync();
    assert.deepEqual(withheld.map(({ name }) => name).toSorted(), ['authorized_keys', 'config']);
    assert.equal(laptop.read('authorized_keys'), `${KEY}\n`);
  });

  it('does not make a revocation removable by including known_hosts', async () => {
    const [laptop, desktop] = await pair();
    laptop.write('known_hosts', `@revoked * ${KEY}\n`);
    await laptop.sync();
    await desktop.sync({}, { accept: () => Promise.resolve(true) });
    desktop.write('config', 'Include ~/.ssh/known_hosts\n');
    await desktop.sync();
    await laptop.sync();
    desktop.write('known_hosts', '');
    await desktop.sync();
    assert.ok((await laptop.sync()).withheld.some(({ name }) => name === 'known_hosts'));
    assert.equal(laptop.read('known_hosts'), `@revoked * ${KEY}\n`);
  });

  it('does not empty, replace or delete a list of revoked host keys unasked', async () => {
    const [laptop, desktop] = await pair();
    laptop.write('config', 'RevokedHostKeys ~/.ssh/revoked\n');
    laptop.write('revoked', `${KEY}\n`);
    laptop.write('other', '');
    await laptop.sync();
    await desktop.sync({}, { accept: () => Promise.resolve(true) });
    const tries = [
      () => desktop.write('revoked', ''),
      () => desktop.write('revoked', `${KEY}\n${OTHER_KEY}\n`),
      () => desktop.remove('revoked'),
    ];
    for (const change of tries) {
      change();
      await desktop.sync();
      const { withheld } = await laptop.sync();
      assert.deepEqual(
        withheld.map(({ name, lines }) => [name, lines.map(({ reason }) => reason)]),
        [['revoked', ['ssh refuses the host keys that it lists']]],
      );
      assert.equal(laptop.read('revoked'), `${KEY}\n`);
    }
  });

  it('shows the lines of a file that it sent before the line that includes it', async () => {
    const [laptop, desktop] = await pair();
    desktop.write('extra', 'Host *\n  ProxyCommand touch owned\n');
    await desktop.sync();
    assert.deepEqual((await laptop.sync()).downloaded, ['extra']);
    desktop.write('config', 'Include ~/.ssh/extra\n');
    await desktop.sync();
    const { withheld } = await laptop.sync();
    const lines = withheld.flatMap((file) => file.lines.map(({ line }) => line.trim()));
    assert.ok(lines.includes('ProxyCommand touch owned'), lines.join('\n'));
  });
});

/** Names of the files that wait, each with the reasons. */
async function waiting(laptop: Machine): Promise<Readonly<Record<string, readonly string[]>>> {
  const { withheld } = await laptop.sync();
  return Object.fromEntries(withheld.map(({ name, lines }) => [name, lines.map(({ reason }) => reason)]));
}

describe('a machine that changes what other files rest on', () => {
  it('does not give a host another key in a second file, or one that the system knows', async () => {
    const [laptop, desktop] = await pair();
    laptop.write('known_hosts', `bank.example ${KEY}\n`);
    await laptop.sync();
    mkdirSync(laptop.place.system);
    writeFileSync(join(laptop.place.system, 'ssh_known_hosts'), `gate.example ${KEY}\n`);
    await desktop.sync();
    desktop.write(
      'known_hosts2',
      `bank.example ${OTHER_KEY}\ngate.example ${OTHER_KEY}\nnew.example ${KEY}\n`,
    );
    await desktop.sync();
    const known = (host: string): string => `new key for a known host: ${host}`;
    assert.deepEqual(await waiting(laptop), { known_hosts2: [known('bank.example'), known('gate.example')] });
    desktop.write('known_hosts2', `new.example ${KEY}\n`);
    await desktop.sync();
    assert.deepEqual(await waiting(laptop), {}, 'the control: a new host');
    assert.equal(laptop.read('known_hosts2'), `new.example ${KEY}\n`);
  });

  it('does not change what a program of the folder may read, but keys come', async () => {
    const [laptop, desktop] = await pair();
    laptop.write('config', 'Host a\n  ProxyCommand nc %h %p\n');
    laptop.write('note', 'one\n');
    await laptop.sync();
    await desktop.sync({}, { accept: () => Promise.resolve(true) });
    desktop.write('note', 'two\n');
    await desktop.sync();
    assert.deepEqual(await waiting(laptop), {}, 'the control: nc is no file of the folder');
    laptop.write('config', 'Host a\n  ProxyCommand ~/.ssh/proxy %h\n');
    laptop.write('proxy', '. ~/.ssh/note\n');
    await laptop.sync();
    desktop.write('note', 'touch owned\n');
    desktop.write('id_new.pub', `${KEY} alice@laptop\n`);
    desktop.write('known_hosts', `new.example ${KEY}\n`);
    await desktop.sync({}, { accept: () => Promise.resolve(true) });
    await desktop.sync();
    assert.deepEqual(await waiting(laptop), { note: ['a program that ssh_config names may read it'] });
    assert.equal(laptop.read('note'), 'two\n');
    assert.equal(laptop.read('id_new.pub'), `${KEY} alice@laptop\n`);
  });

  it('does not run what only the config of the system names', async () => {
    const [laptop, desktop] = await pair();
    mkdirSync(laptop.place.system);
    writeFileSync(
      join(laptop.place.system, 'ssh_config'),
      'ProxyCommand ~/.ssh/proxy\nInclude ~/.ssh/team\n',
    );
    desktop.write('proxy', 'x\n');
    desktop.write('team', 'ProxyCommand touch owned\n');
    await desktop.sync();
    assert.deepEqual(Object.keys(await waiting(laptop)), ['proxy', 'team']);
  });

  it('reviews a config that is handed to ssh by its name, but stores it as any file', async () => {
    const [laptop, desktop] = await pair();
    const harmless = `IdentityFile ${desktop.place.folder}/id\n`;
    desktop.write('config_work', harmless);
    await desktop.sync();
    assert.deepEqual(await waiting(laptop), { config_work: ['uses a key outside the synced folder'] });
    await laptop.sync({}, { accept: () => Promise.resolve(true) });
    assert.equal(laptop.read('config_work'), harmless);
    desktop.write('config_work', `${harmless}ProxyCommand touch owned\n`);
    await desktop.sync();
    assert.deepEqual(await waiting(laptop), {
      config_work: ['runs a program on every connection to matching hosts'],
    });
  });

  it('takes no known host out where ssh takes the next key unasked, and elsewhere not unheard', async () => {
    const [laptop, desktop] = await pair();
    laptop.write('known_hosts', `bank.example ${KEY}\nweb.example ${KEY}\n`);
    laptop.write('config', 'Host x\n  StrictHostKeyChecking accept-new\n');
    await laptop.sync();
    await desktop.sync({}, { accept: () => Promise.resolve(true) });
    desktop.write('known_hosts', `web.example ${KEY}\n`);
    await desktop.sync();
    const reason = 'ssh here takes the next key of a host that it does not know, unasked';
    assert.deepEqual(await waiting(laptop), { known_hosts: [reason] });
    laptop.write('config', 'Host x\n  StrictHostKeyChecking yes\n');
    const { remarks } = await laptop.sync();
    assert.deepEqual(
      remarks.map(({ name, kind }) => [name, kind]),
      [['known_hosts', 'forgotten']],
    );
    assert.equal(laptop.read('known_hosts'), `web.example ${KEY}\n`);
  });

  it('does not put another public key beside a private one', async () => {
    const [laptop, desktop] = await pair();
    const blob = (line: string): Uint8Array => Uint8Array.fromBase64(line.split(' ')[1] ?? '');
    const container = new Writer().bytes(utf8('openssh-key-v1\0')).text('aes256-ctr').text('bcrypt').text('');
    const body = container.uint32(1).string(blob(KEY)).text('secret').finish().toBase64();
    const openssh = `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`;
    const pkcs8 = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${'A'.repeat(64)}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
    laptop.write('a', openssh);
    laptop.write('b', pkcs8);
    laptop.write('b.pub', `${KEY}\n`);
    await laptop.sync();
    await desktop.sync();
    for (const name of ['a', 'b']) desktop.write(`${name}.pub`, `${OTHER_KEY}\n`);
    await desktop.sync();
    const reason = (name: string): string =>
      `it is not the public key of "${name}": where it is installed, somebody else gets in`;
    assert.deepEqual(await waiting(laptop), { 'a.pub': [reason('a')], 'b.pub': [reason('b')] });
    for (const name of ['a', 'b']) desktop.write(`${name}.pub`, `${KEY} with a comment\n`);
    await desktop.sync();
    assert.deepEqual(await waiting(laptop), {}, 'the control: the key that belongs to it');
  });
});

describe('known_hosts in two steps', () => {
  it('keeps a host known that went before, also when much went with it', async () => {
    const [laptop, desktop] = await pair();
    laptop.write('known_hosts', `bank.example ${KEY}\n`);
    await laptop.sync();
    await desktop.sync();
    const junk = Array.from({ length: 60_000 }, (_, index) => `host${index}.example ${KEY}\n`).join('');
    desktop.write('known_hosts', `bank.example ${KEY}\n${junk}`);
    await desktop.sync();
    await laptop.sync();
    desktop.write('known_hosts', '');
    await desktop.sync();
    const { withheld } = await laptop.sync();
    desktop.write('known_hosts', `bank.example ${OTHER_KEY}\n`);
    await desktop.sync();
    const after = await laptop.sync();
    assert.ok([...withheld, ...after.withheld].some(({ name }) => name === 'known_hosts'));
    assert.doesNotMatch(laptop.read('known_hosts'), new RegExp(OTHER_KEY));
  });
});

describe('a withheld file', () => {
  it('is not deleted for everybody because it is not here', async () => {
    const [laptop] = await pair();
    laptop.write('config', 'Host a\n  ProxyCommand nc %h %p\n');
    laptop.write('other', 'content\n');
    laptop.write('third', 'content\n');
    await laptop.sync();
    laptop.remove('config');
    const download = await laptop.sync({ direction: 'down' });
    assert.deepEqual(
      download.withheld.map(({ name }) => name),
      ['config'],
    );
    const sync = await laptop.sync();
    assert.deepEqual(sync.deletedOnServer, []);
    assert.deepEqual(
      sync.withheld.map(({ name }) => name),
      ['config'],
    );
  });
});
