import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeOver } from './stage/account.ts';
import { demandTidy, demandWhole, filesOf, findPoints, killAt, refuseAt, spread } from './stage/crash.ts';
import { plant } from './stage/intruder.ts';
import type { Machine } from './stage/machine.ts';
import { Stage, succeeds, UNLIMITED } from './stage/stage.ts';

const stage = await Stage.build(UNLIMITED);
const download = ['download', '--on-conflict', 'overwrite'];
const undo = ['undo', '--yes'];
type Files = ReturnType<typeof filesOf>;

/** The desktop has changed two files and made one; the laptop has not seen it. */
async function scene(): Promise<{ readonly laptop: Machine; readonly before: Files }> {
  const [laptop, desktop] = await stage.account(['laptop', 'desktop']);
  assert.ok(laptop !== undefined && desktop !== undefined);
  laptop.write('id_ed25519', 'the key of the laptop\n');
  laptop.write('notes', 'first\n');
  await succeeds(laptop, 'sync');
  await plant(await takeOver(desktop), {
    files: [
      { name: 'id_ed25519', content: 'the key of the desktop\n' },
      { name: 'id_second', content: 'a second key\n' },
      { name: 'notes', content: 'second\n' },
    ],
  });
  return { laptop, before: filesOf(laptop) };
}

/** The same after the download. */
async function downloaded(): Promise<{
  readonly laptop: Machine;
  readonly before: Files;
  readonly after: Files;
}> {
  const { laptop, before } = await scene();
  await succeeds(laptop, ...download);
  const after = filesOf(laptop);
  assert.notDeepEqual(after, before);
  return { laptop, before, after };
}

/** What the laptop has once a download that nothing disturbs is done. */
async function wanted(): Promise<Files> {
  return (await downloaded()).after;
}

/** The same command again ends what was begun; nothing half-done was ever to be seen. */
async function isEnded(laptop: Machine, words: readonly string[], before: Files, done: Files): Promise<void> {
  demandWhole(filesOf(laptop), before, done);
  await succeeds(laptop, ...words);
  assert.deepEqual(filesOf(laptop), done);
  demandTidy(laptop);
}

test('a download killed at any change of a file leaves whole files, and the next one ends it', async () => {
  const points = await findPoints((await scene()).laptop, ...download);
  const done = await wanted();
  for (const point of spread(points, 5)) {
    const { laptop, before } = await scene();
    await killAt(laptop, point, ...download);
    await isEnded(laptop, download, before, done);
  }
});

test('a download on a full disk says so, leaves whole files, and the next one ends it', async () => {
  const points = await findPoints((await scene()).laptop, ...download);
  const done = await wanted();
  const writes = points.filter(({ call }) => call === 'pwrite64');
  for (const point of spread(writes, 2)) {
    const { laptop, before } = await scene();
    const { code, err } = await refuseAt(laptop, point, 'ENOSPC', ...download);
    assert.equal(code, 1, err);
    assert.match(err, /cannot (?:write|append to) ".*": no space left on device/);
    await isEnded(laptop, download, before, done);
  }
});

test('an undo killed at any change of a file leaves whole files, and the next one brings all of them back', async () => {
  const points = await findPoints((await downloaded()).laptop, ...undo);
  // With the last one goes the lock: there the undo is done, and another would undo it.
  for (const point of spread(points.slice(0, -1), 5)) {
    const { laptop, before, after } = await downloaded();
    await killAt(laptop, point, ...undo);
    await isEnded(laptop, undo, after, before);
  }
});

test('an undo on a full disk says so, leaves whole files, and the next one brings all of them back', async () => {
  const points = await findPoints((await downloaded()).laptop, ...undo);
  const writes = points.filter(({ call }) => call === 'pwrite64');
  for (const point of spread(writes, 2)) {
    const { laptop, before, after } = await downloaded();
    const { code, err } = await refuseAt(laptop, point, 'ENOSPC', ...undo);
    assert.equal(code, 1, err);
    assert.match(err, /cannot write ".*": no space left on device/);
    await isEnded(laptop, undo, after, before);
  }
});
