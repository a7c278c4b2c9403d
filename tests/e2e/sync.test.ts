import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { contents } from '../attack/stage/folder.ts';
import type { Machine } from '../attack/stage/machine.ts';
import { makeKey } from './stage/ssh-key.ts';
import { printed, runs, Stage, tells } from './stage/stage.ts';

const stage = await Stage.build();

function keyOf(host: string): string {
  const blob = Buffer.concat([Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20'), Buffer.alloc(32, host)]);
  return `${host} ssh-ed25519 ${blob.toString('base64')}`;
}

describe('ssh-sync sync', () => {
  it('takes files of all kinds to the other machine: content, mode and time', async () => {
    const [laptop, desktop] = await stage.pair();
    laptop.write('id_work', 'a key\n', { mode: 0o600 });
    laptop.write('id_work.pub', 'its public key\n', { mode: 0o644 });
    laptop.write('script', '#!/bin/sh\n', { mode: 0o755 });
    laptop.write('empty', '');
    laptop.write('ein Blank, Grüße 鍵', 'text\n');
    laptop.write('config', 'Host a\r\n\tUser alice\r\n');
    laptop.write('known_hosts', manyHosts());
    utimesSync(join(laptop.ssh, 'id_work'), 1_700_000_000, 1_700_000_000);
    assert.deepEqual(await printed(laptop, 'sync'), [
      'config: uploaded',
      'ein Blank, Grüße 鍵: uploaded',
      'empty: uploaded',
      'id_work: uploaded',
      'id_work.pub: uploaded',
      'known_hosts: uploaded',
      'script: uploaded',
      'Sync complete: 7 uploaded, 0 downloaded, 0 skipped.',
    ]);
    const last = (await printed(desktop, 'sync', '--accept-commands')).at(-1);
    assert.equal(last, 'Sync complete: 0 uploaded, 7 downloaded, 0 skipped.');
    assert.deepEqual(contents(desktop.ssh), contents(laptop.ssh));
    assert.equal(statSync(join(desktop.ssh, 'id_work')).mtimeMs, 1_700_000_000_000);
    assert.equal(statSync(join(desktop.ssh, 'known_hosts')).size > 1024 * 1024, true);
    for (const machine of [laptop, desktop])
      assert.deepEqual(await printed(machine, 'sync'), [
        'Sync complete: 0 uploaded, 0 downloaded, 7 skipped.',
      ]);
  });

  it('merges config and known_hosts that both sides changed', async () => {
    const [laptop, desktop] = await stage.pair({
      config: 'Host a\n\tPort 1\n',
      known_hosts: `${keyOf('a')}\n`,
    });
    laptop.write('config', 'Host a\n\tPort 1\nHost b\n\tUser bob\n');
    laptop.write('known_hosts', `${keyOf('a')}\n${keyOf('b')}\n`);
    desktop.write('config', '# mine\nHost a\n\tPort 2\n');
    desktop.write('known_hosts', `${keyOf('c')}\n`);
    await runs(laptop, ['sync']);
    assert.deepEqual(await printed(desktop, 'sync'), [
      'Sync complete: 2 uploaded, 2 downloaded, 0 skipped.',
      'config: merged',
      'known_hosts: merged',
    ]);
    await runs(laptop, ['sync']);
    assert.equal(laptop.read('config'), '# mine\nHost a\n\tPort 2\nHost b\n\tUser bob\n');
    assert.deepEqual(laptop.read('known_hosts').split('\n').toSorted(), ['', keyOf('b'), keyOf('c')]);
    assert.deepEqual(contents(desktop.ssh), contents(laptop.ssh));
  });

  it('names both values where both sides changed the same keyword, and keeps that of the newer file', async () => {
    const [laptop, desktop] = await stage.pair({ config: 'Host a\n\tPort 1\n' });
    laptop.write('config', 'Host a\n\tPort 2\n', { age: 30 });
    desktop.write('config', 'Host a\n\tPort 3\n', { age: 10 });
    await runs(laptop, ['sync']);
    assert.deepEqual(await printed(desktop, 'sync'), [
      'Sync complete: 1 uploaded, 0 downloaded, 0 skipped.',
      'config: merged',
      "config: conflict: Host a: here: Port 3; on the server: Port 2; kept this machine's",
    ]);
    await runs(laptop, ['sync']);
    assert.equal(laptop.read('config'), 'Host a\n\tPort 3\n');
  });

  it('keeps the newer of two other files, at equal times that of the server', async () => {
    const [laptop, desktop] = await stage.pair({ id_a: '1', id_b: '1', id_c: '1' });
    const now = Math.floor(Date.now() / 1000);
    for (const [name, here, there] of [
      ['id_a', 30, 20],
      ['id_b', 20, 30],
      ['id_c', 25, 25],
    ] as const) {
      laptop.write(name, 'laptop');
      desktop.write(name, 'desktop');
      utimesSync(join(laptop.ssh, name), now, now - here);
      utimesSync(join(desktop.ssh, name), now, now - there);
    }
    await runs(laptop, ['sync']);
    assert.deepEqual(await printed(desktop, 'sync'), [
      'id_a: uploaded',
      'id_b: downloaded',
      'id_c: downloaded',
      'Sync complete: 1 uploaded, 2 downloaded, 0 skipped.',
      'id_a: conflict: changed on both sides: the newer version, from here, is kept',
      'id_b: conflict: changed on both sides: the newer version, from the server, is kept',
      "id_c: conflict: changed on both sides at the same time: the server's version is kept",
    ]);
    assert.deepEqual(
      ['id_a', 'id_b', 'id_c'].map((name) => desktop.read(name)),
      ['desktop', 'laptop', 'laptop'],
    );
  });

  it('takes deletions along, which an edit elsewhere beats', async () => {
    const [laptop, desktop] = await stage.pair({ a: '1', b: '1', c: '1', d: '1', e: '1' });
    for (const name of ['a', 'b']) rmSync(join(laptop.ssh, name));
    desktop.write('b', 'edited');
    assert.deepEqual(await printed(laptop, 'sync'), [
      'Sync complete: 0 uploaded, 0 downloaded, 3 skipped.',
      'a: deleted on the server, as here',
      'b: deleted on the server, as here',
    ]);
    assert.deepEqual(await printed(desktop, 'sync'), [
      'b: uploaded',
      'Sync complete: 1 uploaded, 0 downloaded, 3 skipped.',
      'a: deleted here, as on another machine',
    ]);
  });

  it('stops before it deletes more than half, or finds the folder empty or missing', async () => {
    const [laptop, desktop] = await stage.pair({ a: '1', b: '1', c: '1' });
    rmSync(join(laptop.ssh, 'a'));
    rmSync(join(laptop.ssh, 'b'));
    const refused = async (machine: Machine, why: string): Promise<void> => {
      const { err } = await runs(machine, ['sync'], 1);
      assert.equal(
        err,
        [
          `ssh-sync: cannot sync "${machine.ssh}": ${why}`,
          ...(why.endsWith('here') ? [] : ['hint: to have the files here again: ssh-sync download']),
          'hint: if the deletion is meant, repeat with --delete\n',
        ].join('\n'),
      );
      const looked = await printed(machine, 'status');
      assert.ok(looked.includes(`a sync would stop: ${why}`), looked.join('\n'));
    };
    await refused(laptop, '2 of 3 files would be deleted on the server');
    await runs(laptop, ['sync', '--delete']);
    await refused(desktop, '2 of 3 files would be deleted here');
    await runs(desktop, ['sync', '--delete']);
    rmSync(join(desktop.ssh, 'c'));
    await refused(desktop, 'the folder is empty, and 1 file was there at the last sync');
    rmSync(desktop.ssh, { recursive: true });
    await refused(desktop, 'the folder is missing, and 1 file was there at the last sync');
    assert.equal(laptop.read('c'), '1');
    assert.deepEqual(await printed(desktop, 'download'), [
      'c: downloaded',
      'Download complete: 1 downloaded, 0 skipped, 0 duplicated.',
    ]);
    assert.equal(desktop.read('c'), '1');
  });

  it('takes a chmod along, and tightens what others could read of a private key', async () => {
    const [laptop, desktop] = await stage.pair({ note: 'x' });
    laptop.write('note', 'x', { mode: 0o644 });
    makeKey(laptop, 'id');
    chmodSync(join(laptop.ssh, 'id'), 0o644);
    const { err } = await runs(laptop, ['sync']);
    assert.equal(err, 'ssh-sync: warning: id: a private key that others can read (mode 0644): chmod 600\n');
    await runs(desktop, ['sync']);
    assert.equal(statSync(join(desktop.ssh, 'note')).mode & 0o777, 0o644);
    assert.equal(statSync(join(desktop.ssh, 'id')).mode & 0o777, 0o600);
  });

  it('writes the file behind your own link, and keeps the link', async () => {
    const [laptop, desktop] = await stage.pair();
    mkdirSync(join(desktop.home, 'dotfiles'));
    writeFileSync(join(desktop.home, 'dotfiles/ssh'), 'Host mine\n', { mode: 0o600 });
    symlinkSync('../dotfiles/ssh', join(desktop.ssh, 'config'));
    laptop.write('config', 'Host theirs\n');
    await runs(laptop, ['sync']);
    tells(
      await runs(desktop, ['sync']),
      `ssh-sync: warning: config: written through your link to "${desktop.home}/dotfiles/ssh", outside "${desktop.ssh}"`,
    );
    assert.equal(lstatSync(join(desktop.ssh, 'config')).isSymbolicLink(), true);
    assert.deepEqual(readFileSync(join(desktop.home, 'dotfiles/ssh'), 'utf8').split('\n').toSorted(), [
      '',
      'Host mine',
      'Host theirs',
    ]);
  });

  it('writes paths below the home directory for each machine, and says which are not', async () => {
    const [laptop, desktop] = await stage.pair();
    const config = `Host a\n\tIdentityFile ${laptop.ssh}/id_work\n\tIdentityFile ~/.ssh/id_b\n\tIdentityFile /etc/keys/c\n`;
    laptop.write('config', config);
    const { err } = await runs(laptop, ['sync']);
    assert.equal(
      err,
      'ssh-sync: warning: config: "/etc/keys/c" is outside the home directory: the same on every machine\n',
    );
    await runs(desktop, ['sync', '--accept-commands']);
    assert.equal(desktop.read('config'), config.replace(laptop.ssh, desktop.ssh));
    assert.deepEqual(await printed(desktop, 'sync'), ['Sync complete: 0 uploaded, 0 downloaded, 1 skipped.']);
    utimesSync(join(desktop.ssh, 'config'), 1, 1);
    assert.deepEqual(await printed(desktop, 'status').then((lines) => lines.slice(2)), [
      'everything is in step',
    ]);
  });

  it('says what it cannot sync, and syncs the rest', async () => {
    const [laptop, desktop] = await stage.pair({ id: '1', 'conf.d': 'a file\n', x: '', y: '' });
    renameSync(join(desktop.ssh, 'conf.d'), join(desktop.home, 'away'));
    mkdirSync(join(desktop.ssh, 'conf.d'));
    laptop.write('id', '2');
    laptop.write('aux', 'a device on Windows\n');
    symlinkSync('nowhere', join(laptop.ssh, 'dangling'));
    const { err } = await runs(laptop, ['sync'], 4);
    assert.deepEqual(err.split('\n').toSorted(), [
      '',
      `ssh-sync: warning: aux: not synced: it names a device on Windows`,
      `ssh-sync: warning: dangling: Cannot follow link "${laptop.ssh}/dangling": "${laptop.ssh}/nowhere" does not exist`,
    ]);
    tells(
      await runs(desktop, ['sync'], 4),
      'ssh-sync: warning: conf.d: not taken from the server: a folder of that name is here: move that away, or rename the file elsewhere',
    );
    assert.equal(desktop.read('id'), '2');
  });

  it('warns of two names that other systems take for one, where they can be renamed', async () => {
    const [laptop, desktop] = await stage.pair();
    for (const name of ['README', 'Readme', 'other']) laptop.write(name, name);
    tells(
      await runs(laptop, ['sync']),
      'ssh-sync: warning: Readme: other machines refuse it or "README": on some systems both are one file; rename one of them',
    );
    await runs(desktop, ['sync'], 4);
    renameSync(join(laptop.ssh, 'Readme'), join(laptop.ssh, 'Readme2'));
    tells(await runs(laptop, ['sync']));
    tells(await runs(desktop, ['sync']));
    assert.deepEqual(contents(desktop.ssh), contents(laptop.ssh));
  });

  it('syncs beside another one: the one that waits finds the other done', async () => {
    const [laptop, desktop] = await stage.pair();
    for (let count = 0; count < 5; count++) laptop.write(`f${count}`, String(count));
    const [first, second] = await Promise.all([runs(laptop, ['sync']), runs(laptop, ['sync'])]);
    const totals = [first, second].map(({ out }) =>
      /(\d) uploaded, 0 downloaded, (\d) skipped/.exec(out)?.slice(1),
    );
    assert.deepEqual(totals.map(String).toSorted(), ['0,5', '5,0']);
    desktop.write('f9', '9');
    await Promise.all([runs(desktop, ['sync']), runs(laptop, ['sync'])]);
    await runs(laptop, ['sync']);
    assert.deepEqual(contents(laptop.ssh), contents(desktop.ssh));
  });
});

function manyHosts(): string {
  const lines = Array.from({ length: 13_000 }, (_, index) => keyOf(`host${index}.example`));
  return `${lines.join('\n')}\n`;
}
