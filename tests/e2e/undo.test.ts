import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { contents } from '../attack/stage/folder.ts';
import type { Machine } from '../attack/stage/machine.ts';
import { printed, runs, Stage, tells } from './stage/stage.ts';

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

const NEXT = 'The next sync takes this to your other machines. To undo this: ssh-sync undo';

describe('ssh-sync undo', () => {
  it('restores what the last sync changed, and undoes itself', async () => {
    const { desktop, before, after } = await makeChanged();
    assert.deepEqual(await printed(desktop, 'undo', '--yes'), [
      'gone: restored',
      'id: restored',
      'new: removed, as it was not there before',
      NEXT,
    ]);
    assert.deepEqual(contents(desktop.ssh), before);
    await runs(desktop, ['undo', '--yes']);
    assert.deepEqual(contents(desktop.ssh), after);
  });

  it('restores one file, and the next sync takes that to the others', async () => {
    const { laptop, desktop } = await makeChanged();
    assert.deepEqual(await printed(desktop, 'undo', 'id', '--yes'), ['id: restored', NEXT]);
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
      lines.map((line) => line.replace(/\d{8}T\d{6}Z/, 'TIME').split(/ {2,}/)),
      [
        ['SNAPSHOT', 'BEFORE', 'FILES'],
        ['000002-TIME', `sync ${desktop.ssh}`, 'gone, id, new'],
        ['000001-TIME', `sync ${desktop.ssh}`, 'a, b, gone, id'],
      ],
    );
  });

  it('says so if there is nothing to restore, and asks without --yes', async () => {
    const { laptop, desktop } = await makeChanged();
    tells(
      await runs(desktop, ['undo', 'other', '--yes'], 1),
      `ssh-sync: cannot undo: no snapshot has "other" in "${desktop.ssh}"`,
    );
    tells(
      await runs(laptop, ['undo', '--yes'], 1),
      `ssh-sync: cannot undo: no snapshot has files of "${laptop.ssh}"`,
    );
    tells(
      await runs(desktop, ['undo'], 2),
      `ssh-sync: cannot ask "Restore all files of the last sync in "${desktop.ssh}"?": there is no terminal`,
      'hint: answer with --yes',
    );
  });
});
