import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hybridSuite } from '../device/suite.ts';
import { Machine, makePair, makePairWith, temporaryFolder, texts, unixNow } from '../../testing/machine.ts';

const HOST = 'example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n';
const OTHER =
  'other.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP8BAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n';

describe('syncFolder', () => {
  it('brings files with content, mode and whole seconds to another machine', async () => {
    const [laptop, desktop] = await makePair();
    laptop.write('id', 'secret\n', { mtime: 1_700_000_000 });
    laptop.write('id.pub', 'public\n', { mode: 0o644 });
    laptop.write('empty', '');
    laptop.write('Grüße an alle', 'names with blanks\n');
    const sent = await laptop.sync();
    assert.deepEqual(sent.uploaded, ['Grüße an alle', 'empty', 'id', 'id.pub']);
    assert.equal(sent.snapshot, undefined);
    const received = await desktop.sync();
    assert.deepEqual(received.downloaded, ['Grüße an alle', 'empty', 'id', 'id.pub']);
    assert.equal(received.skipped, 0);
    assert.deepEqual(desktop.files(), laptop.files());
    assert.equal(readMtime(desktop, 'id'), 1_700_000_000);
    const again = await desktop.sync();
    assert.deepEqual([again.uploaded, again.downloaded, again.skipped], [[], [], 4]);
  });

  it('asks the server for nothing but the ledger when nothing is new', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'x' });
    for (const machine of [laptop, desktop]) await machine.sync();
    laptop.server.served.length = 0;
    await laptop.sync();
    await desktop.sync();
    assert.deepEqual(laptop.server.served, ['ledger', 'ledger']);
  });

  it('merges a config of both sides, for each home directory', async () => {
    const [laptop, desktop] = await makePair();
    laptop.write('config', `Host a\n\tIdentityFile ${laptop.place.home}/.ssh/id\n`);
    await laptop.sync();
    await desktop.sync();
    assert.equal(desktop.read('config'), `Host a\n\tIdentityFile ${desktop.place.home}/.ssh/id\n`);
    laptop.write('config', `${laptop.read('config')}Host b\n\tUser bob\n`);
    desktop.write('config', `${desktop.read('config')}Host c\n\tPort 2200\n`);
    await laptop.sync();
    const report = await desktop.sync();
    assert.deepEqual(
      [report.merged, report.uploaded, report.downloaded],
      [['config'], ['config'], ['config']],
    );
    await laptop.sync();
    for (const machine of [laptop, desktop])
      assert.equal(
        machine.read('config'),
        `Host a\n\tIdentityFile ${machine.place.home}/.ssh/id\nHost b\n\tUser bob\nHost c\n\tPort 2200\n`,
      );
  });

  it('merges with the version that both had in common, so that what one side removed stays out', async () => {
    const [laptop, desktop] = await makePairWith({ config: 'Host a\n\tPort 1\nHost b\n\tPort 2\n' });
    laptop.write('config', 'Host b\n\tPort 2\n');
    desktop.write('config', 'Host a\n\tPort 1\nHost b\n\tPort 2\nHost c\n\tPort 3\n');
    await laptop.sync();
    await desktop.sync();
    assert.equal(desktop.read('config'), 'Host b\n\tPort 2\nHost c\n\tPort 3\n');
  });

  it('merges known_hosts, also on the first meeting', async () => {
    const [laptop, desktop] = await makePair();
    laptop.write('known_hosts', HOST);
    desktop.write('known_hosts', OTHER);
    await laptop.sync();
    assert.deepEqual((await desktop.sync()).merged, ['known_hosts']);
    await laptop.sync();
    for (const machine of [laptop, desktop])
      assert.deepEqual(machine.read('known_hosts').split('\n').toSorted(), ['', HOST.trim(), OTHER.trim()]);
  });

  it('keeps an edit of one side and a chmod of the other, for files that are merged and others', async () => {
    const files = { config: 'Host a\n', note: 'one\n', known_hosts: HOST };
    const [laptop, desktop] = await makePairWith(files);
    for (const [name, content] of Object.entries(files)) {
      laptop.write(name, content, { mode: 0o644 });
      desktop.write(name, name === 'config' ? 'Host b\n' : `${content}${OTHER}`);
    }
    await laptop.sync();
    await desktop.sync();
    const report = await laptop.sync();
    assert.deepEqual(report.uploaded, []);
    assert.deepEqual(laptop.files(), {
      config: '644 Host b\n',
      known_hosts: `644 ${HOST}${OTHER}`,
      note: `644 one\n${OTHER}`,
    });
    assert.deepEqual(desktop.files(), laptop.files());
  });

  it('keeps the newer of two versions, and the other in a snapshot and in words', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'one\n' });
    laptop.write('id', 'newer\n', { mtime: unixNow() - 10 });
    desktop.write('id', 'older\n', { mtime: unixNow() - 20 });
    await laptop.sync();
    const report = await desktop.sync();
    assert.equal(desktop.read('id'), 'newer\n');
    assert.deepEqual(texts(report), [
      'conflict id: changed on both sides: the newer version, from the server, is kept',
    ]);
    assert.match(report.snapshot ?? '', /^000002-/);
  });

  it('keeps the version of the server at equal times', async () => {
    const mtime = unixNow() - 10;
    const [laptop, desktop] = await makePairWith({ id: 'one\n' });
    laptop.write('id', 'server\n', { mtime });
    desktop.write('id', 'here\n', { mtime });
    await laptop.sync();
    await desktop.sync();
    assert.equal(desktop.read('id'), 'server\n');
  });

  it('takes a time in the future for the time of the commit', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'one\n', other: 'one\n' });
    laptop.write('id', 'from the future\n', { mtime: unixNow() + 86_400 });
    await laptop.sync();
    desktop.write('id', 'later\n', { mtime: unixNow() + 2 });
    await desktop.sync();
    assert.equal(desktop.read('id'), 'later\n');
    await laptop.sync();
    assert.equal(laptop.read('id'), 'later\n');
    assert.ok(readMtime(laptop, 'id') <= unixNow());
  });

  it('takes the time of a machine whose clock is ahead for no later than now', async (t) => {
    const [laptop, desktop] = await makePairWith({ id: 'one\n', other: 'one\n' });
    const now = Date.now();
    t.mock.timers.enable({ apis: ['Date'], now: now + 86_400_000 });
    for (const name of ['id', 'other']) laptop.write(name, 'from the future\n', { mtime: unixNow() - 1 });
    await laptop.sync();
    t.mock.timers.setTime(now);
    desktop.write('other', 'later\n', { mtime: unixNow() + 2 });
    await desktop.sync();
    assert.equal(desktop.read('id'), 'from the future\n');
    assert.ok(readMtime(desktop, 'id') <= unixNow());
    assert.equal(desktop.read('other'), 'later\n');
  });

  it('syncs files whose times are before 1970 and after 2554', async () => {
    const [laptop, desktop] = await makePair();
    laptop.write('old', 'old\n');
    laptop.write('far', 'far\n');
    utimesSync(laptop.path('old'), -1000, -1000);
    utimesSync(laptop.path('far'), 2 ** 36, 2 ** 36);
    await laptop.sync();
    await laptop.sync();
    await desktop.sync();
    assert.deepEqual(desktop.files(), { far: '600 far\n', old: '600 old\n' });
  });

  it('takes deletions along, unless the other side edited', async () => {
    const [laptop, desktop] = await makePairWith({ a: '1', b: '1', c: '1', d: '1', e: '1' });
    laptop.remove('a');
    laptop.remove('b');
    desktop.write('b', 'edited');
    const left = await laptop.sync();
    assert.deepEqual(left.deletedOnServer, ['a', 'b']);
    const right = await desktop.sync();
    assert.deepEqual([right.deletedHere, right.uploaded], [['a'], ['b']]);
    await laptop.sync();
    assert.equal(laptop.read('b'), 'edited');
    assert.deepEqual(Object.keys(desktop.files()), ['b', 'c', 'd', 'e']);
  });

  it('sends content that it has sent before only once', async () => {
    const [laptop] = await makePair();
    laptop.write('one', 'same');
    laptop.write('two', 'same');
    await laptop.sync();
    assert.equal(laptop.server.objects.size, 2, 'one content, one manifest');
    laptop.write('three', 'same');
    await laptop.sync();
    assert.equal(laptop.server.objects.size, 3, 'one more manifest');
  });

  it('follows an own link, writes its target, and keeps the link', async () => {
    const [laptop, desktop] = await makePair();
    writeFileSync(join(desktop.place.home, 'dotfile'), 'Host a\n');
    symlinkSync('../dotfile', desktop.path('config'));
    await desktop.sync();
    await laptop.sync();
    laptop.write('config', 'Host b\n');
    await laptop.sync();
    await desktop.sync();
    assert.equal(readFileSync(join(desktop.place.home, 'dotfile'), 'utf8'), 'Host b\n');
  });

  it('keeps a file of which the server has a folder here, and one whose name is refused', async () => {
    const [laptop, desktop] = await makePairWith({ id: '1', 'conf.d': 'a file\n', x: '', y: '' });
    desktop.remove('conf.d');
    mkdirSync(desktop.path('conf.d'));
    const report = await desktop.sync();
    assert.deepEqual(texts(report), [
      'blocked conf.d: not taken from the server: a folder of that name is here: move that away, or rename the file elsewhere',
    ]);
    assert.deepEqual(report.deletedOnServer, []);
    laptop.write('aux', 'a device on Windows\n');
    for (let round = 0; round < 2; round++)
      assert.deepEqual(texts(await laptop.sync()), ['blocked aux: not synced: it names a device on Windows']);
    assert.ok(laptop.has('aux'));
  });

  it('leaves a config alone that cannot be written for the home directory here, and goes on', async () => {
    const laptop = await Machine.found(temporaryFolder());
    const desktop = await laptop.admit('desktop', hybridSuite, join(temporaryFolder(), 'say "hi"'));
    laptop.write('config', `Host a\n\tIdentityFile ${laptop.place.home}/.ssh/id\n`);
    laptop.write('id', '1');
    await laptop.sync();
    const reason = `left as it is on both sides: Cannot write ssh_config for home "${desktop.place.home}": ssh cannot read that path there`;
    const report = await desktop.sync();
    assert.deepEqual(report.downloaded, ['id']);
    assert.deepEqual(texts(report), [`refused config: ${reason}`]);
    desktop.write('config', 'Host mine\n');
    const decide = (): Promise<'duplicate'> => Promise.resolve('duplicate');
    const download = await desktop.sync({ direction: 'down' }, { decide });
    assert.deepEqual(texts(download), [`refused config.duplicate: ${reason}`]);
    assert.deepEqual(Object.keys(desktop.files()), ['config', 'id']);
    assert.equal(desktop.read('config'), 'Host mine\n');
  });

  it('takes a rename in case only along', async () => {
    const [laptop, desktop] = await makePairWith({ Work: '1', a: '', b: '', c: '' });
    renameSync(laptop.path('Work'), laptop.path('work'));
    for (const machine of [laptop, desktop, desktop]) await machine.sync();
    assert.deepEqual(Object.keys(desktop.files()), ['a', 'b', 'c', 'work']);
    assert.deepEqual(desktop.files(), laptop.files());
  });

  it('keeps both of two names that differ in case only where both can stand', async () => {
    const laptop = await Machine.found(temporaryFolder());
    laptop.write('Foo', '1');
    laptop.write('foo', '2');
    for (let round = 0; round < 3; round++) await laptop.sync();
    assert.deepEqual(laptop.files(), { Foo: '600 1', foo: '600 2' });
  });
});

describe('syncFolder as a dry run', () => {
  it('tells the same as the run after it, and changes nothing', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'one', config: 'Host a\n', old: 'x', keep: 'x' });
    laptop.write('id', 'two');
    laptop.remove('old');
    await laptop.sync();
    desktop.write('config', 'Host b\n');
    const before = [desktop.files(), desktop.server.records.length, desktop.server.objects.size];
    const dry = await desktop.sync({ dryRun: true });
    assert.deepEqual([desktop.files(), desktop.server.records.length, desktop.server.objects.size], before);
    const wet = await desktop.sync();
    assert.deepEqual({ ...dry, snapshot: wet.snapshot }, wet);
  });
});

function readMtime(machine: Machine, name: string): number {
  return machine.stat(name).mtimeMs / 1000;
}
