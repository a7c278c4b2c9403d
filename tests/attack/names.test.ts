import { concat, utf8 } from '@orrery/bytes';
import type { Client } from '@orrery/vault';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { enrol, takeOver } from './stage/account.ts';
import { contents, look } from './stage/folder.ts';
import { plant, prepareCommit, type Planted } from './stage/intruder.ts';
import type { Machine } from './stage/machine.ts';
import { Naive } from './stage/naive.ts';
import { alarms, Stage, succeeds } from './stage/stage.ts';

const stage = await Stage.build();

interface Cast {
  readonly laptop: Machine;
  /** An admitted machine in the hands of somebody else. */
  readonly intruder: Client;
}

async function cast(): Promise<Cast> {
  const [laptop, desktop] = await stage.account(['laptop', 'desktop']);
  assert.ok(laptop !== undefined && desktop !== undefined);
  laptop.write('id_ed25519', 'the key of the laptop\n');
  laptop.write('notes', 'of no importance\n', { mode: 0o644 });
  await succeeds(laptop, 'sync');
  return { laptop, intruder: await takeOver(desktop) };
}

/** Names that no machine takes, by what is wrong with them. */
const hostile: Readonly<Record<string, string>> = {
  '../.bashrc': 'it holds a path separator',
  '/tmp/absolute': 'it holds a path separator',
  'folder/file': 'it holds a path separator',
  'folder\\file': 'it holds a path separator',
  '..': 'it means a folder',
  '.': 'it means a folder',
  '': 'it is empty',
  'a\0b': 'it holds a control character',
  'line\nbreak': 'it holds a control character',
  '\u001b[2Jcleared': 'it holds a control character',
  '\u009b31mred': 'it holds a control character',
  'gpj\u202e.exe': 'it holds an invisible character',
  'id_ed25519\u200b': 'it holds an invisible character',
  '-oProxyCommand=true': 'it begins with a dash',
  'stream:hidden': 'it holds a character that Windows does not allow',
  'dropped.': 'it ends with a dot or blank',
  NUL: 'it names a device on Windows',
  'com1.txt': 'it names a device on Windows',
  'AUTHOR~1': 'it can be the short name of another file',
  '.orrery-tmp-planted': 'it is the name of a temporary file',
  ID_ED25519: 'it is the same file as "id_ed25519"',
  Id_Ed25519: 'it is the same file as "id_ed25519"',
};

test('hostile names are refused one by one, where a naive client writes outside its folder', async () => {
  const { laptop, intruder } = await cast();
  const naive = new Naive(intruder, join(intruder.home.path, 'naive/ssh'));
  await plant(intruder, { files: [{ name: '../outside', content: 'planted\n' }] });
  await naive.sync();
  assert.equal(naive.read('../outside'), 'planted\n');

  const files = Object.keys(hostile).map((name) => ({ name, content: `planted as ${name}\n` }));
  await plant(intruder, { files, deleted: ['../outside'] });
  const before = look(laptop.home);
  const { err } = await alarms(laptop, ['sync'], {
    code: 4,
    says: /warning: \.\.\/\.bashrc: not taken from the server: it holds a path separator/,
    advises: /rename or delete them on the machine that sent them/,
  });
  const warnings = err.split('\n');
  for (const reason of Object.values(hostile)) assert.ok(err.includes(reason), reason);
  assert.equal(warnings.filter((line) => line.includes('not taken from the server')).length, files.length);
  // Nothing of a name plays with the terminal.
  assert.doesNotMatch(err, /[^\n\x20-\x7e]/);
  assert.deepEqual(Object.keys(look(laptop.home)), Object.keys({ ...before, ...look(laptop.home) }));
  assert.ok(!existsSync(join(laptop.home, '.bashrc')));
});

test('of two new names that some systems take for one only the first is taken', async () => {
  const { laptop, intruder } = await cast();
  const twins = ['Straße', 'STRASSE', 'strasse'];
  await plant(intruder, { files: twins.map((name) => ({ name, content: `${name}\n` })) });
  const ran = await laptop.run('sync');
  assert.equal(ran.code, 4, ran.err);
  assert.match(
    ran.err,
    /STRASSE: not taken from the server: on some systems it is the same file as "Straße"/,
  );
  assert.match(
    ran.err,
    /strasse: not taken from the server: on some systems it is the same file as "Straße"/,
  );
  assert.deepEqual(
    Object.keys(look(laptop.ssh)).filter((name) => /stra/i.test(name)),
    ['Straße'],
  );
});

test('a name of 300 bytes makes the list of files malformed; its author can be removed all the same', async () => {
  const { laptop, intruder } = await cast();
  const tablet = stage.stranger('tablet');
  await enrol(laptop, tablet);
  await succeeds(tablet, 'sync');
  await intruder.session.refresh();
  await plant(intruder, { files: [{ name: 'new', content: 'new\n' }] });
  await succeeds(laptop, 'sync');
  const { record, objects } = await prepareCommit(intruder, {
    files: [{ name: 'new', content: 'newer\n' }],
    bend: lengthened,
  });
  await intruder.session.remote.putObjects(objects);
  assert.ok(await intruder.session.tryAppend(record));
  // The control: no sync of a naive client ever ends again, and it has no way out.
  await assert.rejects(new Naive(intruder, join(intruder.home.path, 'naive')).sync());
  await alarms(laptop, ['sync'], {
    code: 3,
    says: /cannot read the newest list of files: it is malformed/,
    advises: /hint: .*rotate-master-key --from-last-seen/,
  });
  const before = look(laptop.ssh);
  const removed = await laptop.run('remove-machine', 'desktop', '--yes');
  assert.match(removed.out, /"desktop" is removed/);
  await succeeds(laptop, 'rotate-master-key', '--from-last-seen', '--yes');
  await succeeds(laptop, 'sync');
  assert.deepEqual(look(laptop.ssh), before);
  await succeeds(tablet, 'sync');
  assert.deepEqual(contents(tablet.ssh), contents(laptop.ssh));
});

/** The name "new" as one of 300 bytes, which no codec of ours would write. */
function lengthened(manifest: Uint8Array): Uint8Array {
  const at = Buffer.from(manifest).indexOf('new');
  const name = utf8('x'.repeat(300));
  return concat(manifest.subarray(0, at - 4), new Uint8Array([0, 0, 1, 44]), name, manifest.subarray(at + 3));
}

test('what a rule keeps on this machine does not arrive, whatever its case', async () => {
  const { laptop, intruder } = await cast();
  const names = ['authorized_keys', 'Authorized_Keys2', 'RC', 'environment', '.ssh-sync-ignore', 'x.old'];
  laptop.write('authorized_keys', 'ssh-ed25519 AAAA owner\n');
  await plant(intruder, { files: names.map((name) => ({ name, content: 'planted\n' })) });
  const before = look(laptop.ssh);
  await succeeds(laptop, 'sync', '--accept-commands');
  assert.deepEqual(look(laptop.ssh), before);
});

test('a file whose size is a lie is not taken and never counts as deleted', async () => {
  const { laptop, intruder } = await cast();
  const lies: readonly Planted[] = [
    { name: 'id_ed25519', content: 'replaced\n', size: 5_000_000 },
    { name: 'id_ed25519', content: 'replaced\n', size: 4 },
    { name: 'id_ed25519', content: 'x'.repeat(4 * 1024 * 1024 + 1), size: 10 },
  ];
  for (const lie of lies) {
    await plant(intruder, { files: [lie] });
    const before = look(laptop.ssh);
    const ran = await laptop.run('sync');
    assert.ok(ran.code === 3 || ran.code === 4, `${ran.code} ${ran.err}`);
    assert.match(ran.err, /warning: id_ed25519: .*bytes/);
    assert.deepEqual(look(laptop.ssh), before);
  }
});

test('no mode from elsewhere opens a file to others or sets a bit that is more than permissions', async () => {
  const { laptop, intruder } = await cast();
  await plant(intruder, {
    files: [
      { name: 'plain', content: 'plain\n', mode: 0o7777 },
      { name: 'bare', content: 'bare\n', mode: 0 },
      {
        name: 'id_new',
        content: '-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n',
        mode: 0o777,
      },
    ],
  });
  await succeeds(laptop, 'sync', '--accept-commands');
  const found = look(laptop.ssh);
  assert.match(found['plain'] ?? '', /^0755 file/);
  assert.match(found['bare'] ?? '', /^0600 file/);
});

test('times from the end of the world neither stop a sync nor a list of machines', async () => {
  const { laptop, intruder } = await cast();
  const late = 2n ** 63n;
  await plant(intruder, { files: [{ name: 'late', content: 'late\n', mtime: late }] });
  await succeeds(laptop, 'sync');
  assert.equal(laptop.read('late'), 'late\n');
  await succeeds(laptop, 'list-machines');
});

test('local files whose names other machines refuse stay where they are', async () => {
  const { laptop } = await cast();
  const [mine, theirs] = ['Key', 'key'];
  laptop.write(mine, 'one of twins\n');
  laptop.write(theirs, 'the other of twins\n');
  laptop.write('aux', 'fine on this system\n');
  const before = look(laptop.ssh);
  for (let round = 0; round < 3; round++) {
    const ran = await laptop.run('sync');
    assert.ok(ran.code === 0 || ran.code === 4, ran.err);
    assert.deepEqual(look(laptop.ssh), before);
  }
});
