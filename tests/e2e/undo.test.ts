import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { contents } from '../attack/stage/folder.ts';
import type { Machine } from '../attack/stage/machine.ts';
import { linesOf, printed, runs, Stage, tells } from './stage/stage.ts';

const stage = await Stage.build();

/** A desktop whose last sync changed `id`, deleted `gone` and brought `new`, and its files before and after. */
async function makeChanged(): Promise<{
  readonly laptop: Machine;
  readonly desktop: Machine;
  readonly before: object;
  readonly after: object;
}> {
  const [laptop, desktop] = await stage.pair({ id: 'old', gone: 'old', a: '', b: '' });
  const before = contents(desktop.ssh);
  laptop.write('id', 'changed', { mode: 0o644 });
  rmSync(join(laptop.ssh, 'gone'));
  laptop.write('new', 'new');
  await runs(laptop, ['sync']);
  await runs(desktop, ['sync']);
  return { laptop, desktop, before, after: contents(desktop.ssh) };
}

const UPLOADS = 'The next sync uploads what was restored, and your other machines take it over.';
const DELETES = [
  'The next sync deletes what was removed, on the server and on your other machines;',
  'more than half of all files only with --delete.',
];
const HINT = 'hint: what can be restored, and in which folder: ssh-sync undo --list';
const BACK = [
  'To have it back as it was before this undo: ssh-sync undo',
  "To have the server's files instead: ssh-sync download",
];

describe('ssh-sync undo', () => {
  it('restores what the last sync changed, and undoes itself', async () => {
    const { desktop, before, after } = await makeChanged();
    assert.deepEqual(await printed(desktop, 'undo', '--yes'), [
      'gone: restored',
      'id: restored',
      'new: removed, as it was not there before',
      UPLOADS,
      ...DELETES,
      ...BACK,
    ]);
    assert.deepEqual(contents(desktop.ssh), before);
    await runs(desktop, ['undo', '--yes']);
    assert.deepEqual(contents(desktop.ssh), after);
  });

  it('restores one file, and the next sync takes that to the others', async () => {
    const { laptop, desktop } = await makeChanged();
    assert.deepEqual(await printed(desktop, 'undo', 'id', '--yes'), ['id: restored', UPLOADS, ...BACK]);
    assert.deepEqual(await printed(desktop, 'sync'), [
      'id: uploaded',
      'Sync complete: 1 uploaded, 0 downloaded, 3 skipped.',
    ]);
    await runs(laptop, ['sync']);
    assert.equal(laptop.read('id'), 'old');
  });

  it('lists what it can go back to, newest first', async () => {
    const { desktop } = await makeChanged();
    const lines = await printed(desktop, 'undo', '--list');
    assert.deepEqual(
      lines.map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d /, 'TIME ').split(/ {2,}/)),
      [
        ['NUMBER', 'TAKEN', 'BEFORE', 'IN', 'FILES'],
        ['2', 'TIME', 'sync', desktop.ssh, 'gone, id, new'],
        ['1', 'TIME', 'sync', desktop.ssh, 'a, b, gone, id'],
      ],
    );
  });

  it('goes back to the snapshot that --snapshot names', async () => {
    const { desktop, before } = await makeChanged();
    desktop.write('id', 'mine');
    await runs(desktop, ['undo', 'id', '--yes']);
    await runs(desktop, ['undo', '--snapshot', '2', '--yes']);
    assert.deepEqual(contents(desktop.ssh), before);
    const { err } = await runs(desktop, ['undo', '--snapshot', '9', '--yes'], 1);
    assert.match(err, /^ssh-sync: cannot undo: there is no snapshot 9 that has files of /);
    tells(
      await runs(desktop, ['undo', '--snapshot', 'x', '--yes'], 2),
      'ssh-sync: cannot use --snapshot "x": a number expected',
      'hint: the numbers are in the first column of: ssh-sync undo --list',
    );
  });

  it('says so if there is nothing to restore, and asks without --yes', async () => {
    const { laptop, desktop } = await makeChanged();
    tells(
      await runs(desktop, ['undo', 'other', '--yes'], 1),
      `ssh-sync: cannot undo: no snapshot has "other" in "${desktop.ssh}"`,
      HINT,
    );
    tells(
      await runs(laptop, ['undo', '--yes'], 1),
      `ssh-sync: cannot undo: no snapshot has files of "${laptop.ssh}"`,
      HINT,
    );
    const [title, ...rest] = linesOf((await runs(desktop, ['undo'], 2)).err);
    assert.equal(title, `In "${desktop.ssh}":`);
    assert.deepEqual(
      rest.map((line) => line.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, 'TIME')),
      [
        '  gone: to be restored',
        '  id: to be restored',
        '  new: to be removed, as it was not there before',
        'ssh-sync: cannot ask "Bring back what was there before the sync of TIME?": there is no terminal',
        'hint: answer with --yes',
      ],
    );
    await runs(desktop, ['undo', '--yes']);
    const again = await runs(desktop, ['undo'], 2);
    assert.match(again.err, /"Bring back what was there before the undo of \d{4}-\d\d-\d\d \d\d:\d\d\?"/);
  });
});
