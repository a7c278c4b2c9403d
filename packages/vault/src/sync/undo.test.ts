import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makePairWith, unixNow, type Machine } from '../../testing/machine.ts';
import { Home } from '../client/home.ts';
import { openHistory, snapshotLabel } from './history.ts';
import { listSnapshots, snapshotNumber, undo } from './undo.ts';

/** The desktop after a sync that changed `id`, deleted `gone` and brought `new`. */
async function makeChanged(): Promise<Machine> {
  const [laptop, desktop] = await makePairWith({ id: 'old', gone: 'old', a: '', b: '' });
  laptop.write('id', 'changed', { mode: 0o644 });
  laptop.remove('gone');
  laptop.write('new', 'new');
  await laptop.sync();
  await desktop.sync();
  return desktop;
}

/** An undo that ends as by a kill when all files are back, before it is done. */
function interruptUndo({ home, place }: Machine): void {
  const dying = Object.assign(Home.open(home.path, place.home), { remove: () => assert.fail('killed') });
  assert.throws(() => undo(dying, place.folder), /killed/);
}

const before = { a: '600 ', b: '600 ', gone: '600 old', id: '600 old' };
const after = { a: '600 ', b: '600 ', id: '644 changed', new: '600 new' };

describe('undo', () => {
  it('brings back what the last sync changed and deleted, and removes what it brought', async () => {
    const desktop = await makeChanged();
    assert.deepEqual(desktop.files(), after);
    const { restored, removed } = undo(desktop.home, desktop.place.folder);
    assert.deepEqual([restored.toSorted(), removed], [['gone', 'id'], ['new']]);
    assert.deepEqual(desktop.files(), before);
  });

  it('asks no more of the folders above the home directory than a sync does', async () => {
    const desktop = await makeChanged();
    chmodSync(join(desktop.place.home, '..'), 0o777);
    undo(desktop.home, desktop.place.folder);
    assert.deepEqual(desktop.files(), before);
  });

  it('undoes itself', async () => {
    const desktop = await makeChanged();
    undo(desktop.home, desktop.place.folder);
    undo(desktop.home, desktop.place.folder);
    assert.deepEqual(desktop.files(), after);
  });

  it('is ended by the next one if it was interrupted', async () => {
    const desktop = await makeChanged();
    const { folder } = desktop.place;
    interruptUndo(desktop);
    desktop.write('id', 'changed', { mode: 0o644 });
    assert.deepEqual(undo(desktop.home, folder, { dryRun: true }).restored.toSorted(), ['gone', 'id']);
    undo(desktop.home, folder);
    assert.deepEqual(desktop.files(), before);
  });

  it('is not stopped by a damaged note of one that was interrupted', async () => {
    const desktop = await makeChanged();
    for (const damaged of [new Uint8Array(), new TextEncoder().encode('garbage')]) {
      desktop.home.write('undoing', damaged);
      undo(desktop.home, desktop.place.folder);
    }
    assert.deepEqual(desktop.files(), after);
  });

  it('does not go back behind a sync after one that was interrupted', async () => {
    const desktop = await makeChanged();
    const { folder } = desktop.place;
    interruptUndo(desktop);
    openHistory(desktop.home).create(
      snapshotLabel('sync', folder),
      new Map([['id', { bytes: new TextEncoder().encode('later'), mode: 0o600, mtimeSeconds: 0 }]]),
    );
    assert.deepEqual(undo(desktop.home, folder).restored, ['id']);
    assert.equal(desktop.files()['id'], '600 later');
  });

  it('brings back one file only, from the newest snapshot that has it', async () => {
    const desktop = await makeChanged();
    const { restored, removed } = undo(desktop.home, desktop.place.folder, { name: 'id' });
    assert.deepEqual([restored, removed], [['id'], []]);
    assert.deepEqual(desktop.files(), { ...after, id: '600 old' });
  });

  it('goes back to an older snapshot that is named, and refuses one that has not what is asked for', async () => {
    const desktop = await makeChanged();
    const { folder } = desktop.place;
    undo(desktop.home, folder);
    desktop.write('id', 'mine');
    const numbers = listSnapshots(desktop.home).map(({ id }) => snapshotNumber(id));
    assert.deepEqual(numbers, [3, 2, 1]);
    undo(desktop.home, folder, { name: 'id', snapshot: 2 });
    assert.equal(desktop.files()['id'], '600 old');
    undo(desktop.home, folder, { name: 'id', snapshot: 3 });
    assert.equal(desktop.files()['id'], after['id']);
    assert.throws(() => undo(desktop.home, folder, { name: 'new', snapshot: 1 }), {
      code: 'no-snapshot',
      message: `Cannot undo: there is no snapshot 1 that has "new" in "${folder}"`,
    });
  });

  it('only tells as a dry run', async () => {
    const desktop = await makeChanged();
    const { restored } = undo(desktop.home, desktop.place.folder, { dryRun: true });
    assert.deepEqual(restored.toSorted(), ['gone', 'id']);
    assert.deepEqual(desktop.files(), after);
    assert.equal(listSnapshots(desktop.home).length, 2);
  });

  it('says so if there is nothing to go back to', async () => {
    const desktop = await makeChanged();
    assert.throws(() => undo(desktop.home, desktop.place.folder, { name: 'a-file' }), {
      code: 'no-snapshot',
      message: `Cannot undo: no snapshot has "a-file" in "${desktop.place.folder}"`,
    });
    assert.throws(() => undo(desktop.home, '/elsewhere'), {
      message: 'Cannot undo: no snapshot has files of "/elsewhere"',
    });
  });

  it('counts as an edit of this machine that the next sync takes along', async () => {
    const desktop = await makeChanged();
    undo(desktop.home, desktop.place.folder);
    const report = await desktop.sync();
    assert.deepEqual([report.uploaded.toSorted(), report.deletedOnServer], [['gone', 'id'], ['new']]);
  });

  it('takes no snapshot of another folder, such as that of safe mode, for one of this', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'old', config: 'Host a\n' });
    laptop.write('id', 'changed', { mtime: unixNow() - 5 });
    await laptop.sync();
    const safeFolder = join(desktop.place.home, '.ssh-sync-data');
    await desktop.sync({ safeFolder });
    undo(desktop.home, desktop.place.folder, { dryRun: true });
    const { folder } = desktop.place;
    assert.deepEqual(
      listSnapshots(desktop.home).map((snapshot) => 'label' in snapshot && snapshot.label),
      [`sync ${safeFolder}`, `sync ${folder}`],
    );
    assert.deepEqual(undo(desktop.home, folder, { dryRun: true }).removed, ['config', 'id']);
  });

  it('passes a damaged snapshot by', async () => {
    const desktop = await makeChanged();
    const [newest] = listSnapshots(desktop.home);
    const file = join(desktop.home.path, 'snapshots', `${newest?.id}.snapshot`);
    writeFileSync(file, readFileSync(file).subarray(0, -1));
    assert.ok(listSnapshots(desktop.home).some((snapshot) => 'damaged' in snapshot));
    assert.deepEqual(undo(desktop.home, desktop.place.folder, { dryRun: true }).removed, [
      'a',
      'b',
      'gone',
      'id',
    ]);
  });
});

describe('openHistory', () => {
  it('refuses a key that was cut off, under which anybody could read', async () => {
    const { home, place } = await makeChanged();
    home.write('localKey', new Uint8Array());
    assert.throws(() => openHistory(home).create(snapshotLabel('sync', place.folder), new Map()), {
      code: 'damaged',
      message: `Cannot use "${home.file('localKey')}": it has 0 bytes, 32 expected`,
    });
  });

  it('keeps what another machine deleted here, however many arrivals follow, and all of it encrypted', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'a secret of this test', a: '', b: '' });
    laptop.remove('id');
    await laptop.sync();
    await desktop.sync();
    const history = openHistory(desktop.home);
    const content = {
      bytes: new TextEncoder().encode('a secret of this test'),
      mode: 0o600,
      mtimeSeconds: 1,
    };
    for (let count = 0; count < 50; count++)
      history.create(snapshotLabel('sync', desktop.place.folder), new Map([['other', content]]));
    assert.deepEqual(undo(desktop.home, desktop.place.folder, { name: 'id' }).restored, ['id']);
    assert.equal(desktop.read('id'), 'a secret of this test');
    const folder = join(desktop.home.path, 'snapshots');
    for (const file of readdirSync(folder))
      assert.equal(readFileSync(join(folder, file)).includes('a secret'), false);
  });
});
