import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makePair, makePairWith, unixNow } from '../../testing/machine.ts';

describe('syncFolder and deletions of more than half', () => {
  const files = { a: '1', b: '2', c: '3', d: '4', e: '5' };

  it('stops before a deletion on the server, and deletes with --delete', async () => {
    const [laptop] = await makePairWith(files);
    for (const name of ['a', 'b', 'c']) laptop.remove(name);
    await assert.rejects(laptop.sync(), {
      name: 'MassDeletionError',
      message: `Cannot sync "${laptop.place.folder}": 3 of 5 files would be deleted on the server`,
      hint: 'to have the files here again: ssh-sync download\nif the deletion is meant, repeat with --delete',
    });
    assert.deepEqual((await laptop.sync({ allowDeletions: true })).deletedOnServer, ['a', 'b', 'c']);
  });

  it('stops before a deletion here', async () => {
    const [laptop, desktop] = await makePairWith(files);
    for (const name of ['a', 'b', 'c']) laptop.remove(name);
    await laptop.sync({ allowDeletions: true });
    await assert.rejects(desktop.sync(), /3 of 5 files would be deleted here/);
    assert.equal(Object.keys(desktop.files()).length, 5);
  });

  it('deletes half of them', async () => {
    const [laptop, desktop] = await makePairWith({ a: '1', b: '2', c: '3', d: '4' });
    laptop.remove('a');
    laptop.remove('b');
    await laptop.sync();
    assert.deepEqual((await desktop.sync()).deletedHere, ['a', 'b']);
  });

  it('stops at an empty folder and at a missing one', async () => {
    const [laptop] = await makePairWith(files);
    renameSync(laptop.place.folder, `${laptop.place.folder}.away`);
    await assert.rejects(laptop.sync(), /the folder is missing, and 5 files were there at the last sync/);
    mkdirSync(laptop.place.folder);
    await assert.rejects(laptop.sync(), /the folder is empty, and 5 files were there at the last sync/);
  });

  it('takes no pair of keys for half of a folder that was never synced', async () => {
    const [laptop, desktop] = await makePair();
    desktop.write('id', 'key of the desktop', { mtime: unixNow() - 100 });
    desktop.write('id.pub', 'its public key');
    laptop.write('id', 'key of the laptop', { mtime: unixNow() - 50 });
    await laptop.sync();
    assert.deepEqual((await desktop.sync()).deletedHere, ['id.pub']);
    assert.deepEqual(desktop.files(), { id: '600 key of the laptop' });
  });

  it('stops before a new machine would delete all on the server by an upload', async () => {
    const [, desktop] = await makePairWith(files);
    const fresh = await desktop.admit('fresh');
    const upload = fresh.sync({ direction: 'up' }, { decide: () => Promise.resolve('overwrite') });
    await assert.rejects(upload, /5 of 5 files would be deleted on the server/);
  });
});

describe('syncFolder in safe mode', () => {
  it('writes arrivals elsewhere, and forgets nothing of what the folder still lacks', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'one', config: 'Host a\n' });
    laptop.write('id', 'two');
    laptop.write('new', 'new');
    await laptop.sync();
    desktop.write('mine', 'mine');
    const safeFolder = join(desktop.place.home, '.ssh-sync-data');
    const before = desktop.files();
    const report = await desktop.sync({ safeFolder });
    assert.deepEqual(desktop.files(), before);
    assert.deepEqual([report.uploaded, report.downloaded], [['mine'], ['id', 'new']]);
    assert.equal(readFileSync(join(safeFolder, 'id'), 'utf8'), 'two');
    assert.deepEqual((await desktop.sync()).downloaded, ['id', 'new']);
  });

  it('deletes nothing here', async () => {
    const [laptop, desktop] = await makePairWith({ a: '1', b: '2', c: '3' });
    laptop.remove('a');
    await laptop.sync();
    const safeFolder = join(desktop.place.home, '.ssh-sync-data');
    await desktop.sync({ safeFolder });
    assert.ok(desktop.has('a'));
    assert.deepEqual((await desktop.sync()).deletedHere, ['a']);
  });
});
