import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { contents, look } from '../attack/stage/folder.ts';
import type { Machine } from '../attack/stage/machine.ts';
import { printed, runs, Stage, tells } from './stage/stage.ts';

const stage = await Stage.build();

/** Both changed `both`; `theirs` and `mine` were changed on one side; each side has a new file. */
async function makeDifferent(): Promise<readonly [laptop: Machine, desktop: Machine]> {
  const [laptop, desktop] = await stage.pair({ both: 'old', theirs: 'old', mine: 'old', same: 'old' });
  laptop.write('both', 'laptop', { age: 50 });
  laptop.write('theirs', 'laptop');
  laptop.write('new-theirs', 'laptop');
  await runs(laptop, ['sync']);
  desktop.write('both', 'desktop', { age: 40 });
  desktop.write('mine', 'desktop');
  desktop.write('new-mine', 'desktop');
  return [laptop, desktop];
}

describe('ssh-sync upload', () => {
  it('makes the files here the new version with --on-conflict overwrite', async () => {
    const [laptop, desktop] = await makeDifferent();
    const before = look(desktop.ssh);
    assert.deepEqual(await printed(desktop, 'upload', '--on-conflict', 'overwrite'), [
      'both: uploaded',
      'mine: uploaded',
      'new-mine: uploaded',
      'theirs: uploaded',
      'Upload complete: 4 uploaded, 1 skipped.',
      'new-theirs: deleted on the server, as here',
    ]);
    assert.deepEqual(look(desktop.ssh), before);
    await runs(laptop, ['sync']);
    assert.deepEqual(contents(laptop.ssh), contents(desktop.ssh));
  });

  it('leaves what others changed with --on-conflict skip', async () => {
    const [laptop, desktop] = await makeDifferent();
    assert.deepEqual(await printed(desktop, 'upload', '--on-conflict', 'skip'), [
      'mine: uploaded',
      'new-mine: uploaded',
      'Upload complete: 2 uploaded, 4 skipped.',
      'both: skipped: it differs here and on the server',
      'new-theirs: skipped: it is only on the server',
      'theirs: skipped: it differs here and on the server',
    ]);
    await runs(laptop, ['sync']);
    assert.equal(laptop.read('both'), 'laptop');
  });

  it('names the flag if nobody can answer, and has sent nothing', async () => {
    const [laptop, desktop] = await makeDifferent();
    tells(
      await runs(desktop, ['upload'], 2),
      'ssh-sync: cannot ask ""both" differs here and on the server: what shall be done?": there is no terminal',
      'hint: answer with --on-conflict overwrite|skip',
    );
    assert.deepEqual((await printed(laptop, 'status')).slice(2), ['everything is in step']);
  });

  it('asks nothing when nobody else changed anything', async () => {
    const [laptop] = await stage.pair({ id: '1' });
    laptop.write('id', '2');
    assert.deepEqual(await printed(laptop, 'upload'), [
      'id: uploaded',
      'Upload complete: 1 uploaded, 0 skipped.',
    ]);
  });
});

describe('ssh-sync download', () => {
  it('takes the files of the server with --on-conflict overwrite', async () => {
    const [laptop, desktop] = await makeDifferent();
    assert.deepEqual(await printed(desktop, 'download', '--on-conflict', 'overwrite'), [
      'both: downloaded',
      'mine: downloaded',
      'new-theirs: downloaded',
      'theirs: downloaded',
      'Download complete: 4 downloaded, 2 skipped, 0 duplicated.',
      'new-mine: skipped: it is only here',
    ]);
    assert.equal(desktop.read('new-mine'), 'desktop');
    assert.deepEqual((await printed(laptop, 'status')).slice(2), ['everything is in step']);
  });

  it('takes what was not changed here, and leaves the rest with --on-conflict skip, each with the reason', async () => {
    const [, desktop] = await makeDifferent();
    const left = [
      'both: skipped: it differs here and on the server',
      'mine: skipped: it differs here and on the server',
      'new-mine: skipped: it is only here',
    ];
    assert.deepEqual(await printed(desktop, 'download', '--on-conflict', 'skip'), [
      'new-theirs: downloaded',
      'theirs: downloaded',
      'Download complete: 2 downloaded, 4 skipped, 0 duplicated.',
      ...left,
    ]);
    assert.deepEqual([desktop.read('theirs'), desktop.read('both')], ['laptop', 'desktop']);
    assert.deepEqual(await printed(desktop, 'download', '--on-conflict', 'skip'), [
      'Download complete: 0 downloaded, 6 skipped, 0 duplicated.',
      ...left,
    ]);
  });

  it('asks nothing, with or without --json, where nothing was changed here', async () => {
    for (const flags of [[], ['--json']]) {
      const [laptop, desktop] = await stage.pair({ config: 'Host a\n', id: '1' });
      laptop.write('id', '2');
      laptop.write('config', 'Host a\n\tPort 2\n');
      await runs(laptop, ['sync']);
      await runs(desktop, ['download', ...flags]);
      assert.deepEqual(contents(desktop.ssh), contents(laptop.ssh));
      laptop.write('config', 'Host a\n\tProxyCommand nc %h %p\n');
      await runs(laptop, ['sync']);
      await runs(desktop, ['download', ...flags], 4);
      assert.equal(desktop.read('config'), 'Host a\n\tPort 2\n');
    }
  });

  it('names the flag if nobody can answer, and has changed nothing', async () => {
    const [, desktop] = await makeDifferent();
    const before = look(desktop.ssh);
    tells(
      await runs(desktop, ['download'], 2),
      'ssh-sync: cannot ask ""both" differs here and on the server: what shall be done?": there is no terminal',
      'hint: answer with --on-conflict overwrite|skip|duplicate',
    );
    await runs(desktop, ['download', '--json'], 2);
    assert.deepEqual(look(desktop.ssh), before);
  });

  it("saves the server's versions beside the local ones with --on-conflict duplicate, and never sends them", async () => {
    const [laptop, desktop] = await makeDifferent();
    const ran = await runs(desktop, ['download', '--on-conflict', 'duplicate']);
    tells(
      ran,
      `ssh-sync: warning: both: the server's version goes to "both.duplicate"`,
      `ssh-sync: warning: mine: the server's version goes to "mine.duplicate"`,
    );
    const again = await printed(desktop, 'download', '--on-conflict', 'duplicate');
    assert.ok(again.includes(`both: skipped: the server's version is in "both.duplicate" already`));
    assert.equal(desktop.read('both'), 'desktop');
    assert.equal(desktop.read('both.duplicate'), 'laptop');
    assert.equal(desktop.read('mine.duplicate'), 'old');
    await runs(desktop, ['sync']);
    await runs(laptop, ['sync']);
    assert.equal(existsSync(join(laptop.ssh, 'both.duplicate')), false);
  });

  it('refuses an answer that it does not know', async () => {
    const [laptop] = await stage.pair();
    for (const [command, answer, expected] of [
      ['download', 'rename', 'overwrite, skip, duplicate'],
      ['upload', 'duplicate', 'overwrite, skip'],
    ] as const)
      tells(
        await runs(laptop, [command, '--on-conflict', answer], 2),
        `ssh-sync: cannot use --on-conflict "${answer}": ${expected} expected`,
      );
  });
});
