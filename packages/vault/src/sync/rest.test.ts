import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { makePairWith, type Machine } from '../../testing/machine.ts';
import { folderFile } from './folder-state.ts';
import type { Report, SyncOptions } from './report.ts';
import { syncUnlessAtRest } from './rest.ts';

const PLAIN: SyncOptions = { direction: 'both', dryRun: false, allowDeletions: false, include: [] };
const SECOND = 1000;

async function sync(machine: Machine, options: Partial<SyncOptions> = {}): Promise<Report> {
  const client = await machine.open();
  const refuse = (): Promise<never> => Promise.reject(new TypeError('Cannot answer: nobody was asked'));
  return syncUnlessAtRest(
    client,
    machine.place,
    { ...PLAIN, ...options },
    { accept: refuse, decide: refuse },
  );
}

/** Two machines in step, the first with a folder at rest; time stands still ten seconds after they were made. */
async function makeRest(t: TestContext): Promise<readonly [Machine, Machine]> {
  const [laptop, desktop] = await makePairWith({ config: 'Host a\n\tInclude ~/.ssh/parts/*\n', id: 'one\n' });
  mkdirSync(laptop.path('parts'));
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 10 * SECOND });
  await sync(laptop); // remembers stamps that have become old enough
  t.mock.timers.tick(10 * SECOND);
  await sync(laptop); // finds nothing to do
  return [laptop, desktop];
}

/** Whether a sync compared everything: only then it misses the list of files that was taken away. */
async function compares(machine: Machine, options: Partial<SyncOptions> = {}): Promise<boolean> {
  machine.home.remove('view');
  machine.server.served.length = 0;
  await sync(machine, options);
  return machine.server.served.some((request) => request !== 'ledger');
}

describe('syncUnlessAtRest', () => {
  it('reports what a sync would, without one, while nothing changes', async (t) => {
    const [laptop] = await makeRest(t);
    const quiet = await sync(laptop);
    assert.deepEqual(quiet, await laptop.sync());
    assert.deepEqual([quiet.skipped, quiet.subfolders, quiet.includedFolders], [2, ['parts'], ['parts']]);
    assert.equal(await compares(laptop), false);
  });

  it('syncs once something changed in the folder, whatever its size and time say', async (t) => {
    const changes: readonly ((path: string) => void)[] = [
      (path) => {
        const { atimeMs, mtimeMs } = statSync(path);
        writeFileSync(path, 'two\n');
        utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
      },
      (path) => chmodSync(path, 0o644),
      (path) => rmSync(path),
      (path) => writeFileSync(`${path}.other`, ''),
      (path) => mkdirSync(`${path}.folder`),
      (path) => symlinkSync('id', `${path}.link`),
      (path) => writeFileSync(join(dirname(path), '.ssh-sync-ignore'), 'id\n'),
    ];
    for (const change of changes) {
      const [laptop] = await makeRest(t);
      change(laptop.path('id'));
      assert.equal(await compares(laptop), true, String(change));
      t.mock.timers.reset();
    }
  });

  it('takes what another machine has committed', async (t) => {
    const [laptop, desktop] = await makeRest(t);
    desktop.write('id', 'two\n');
    await desktop.sync();
    assert.deepEqual((await sync(laptop)).downloaded, ['id']);
  });

  it('syncs when what this machine remembers is another, or gone', async (t) => {
    const [laptop] = await makeRest(t);
    rmSync(folderFile(laptop.home, laptop.place.folder));
    assert.equal(await compares(laptop), true);
  });

  it('syncs when asked for more than that, and the day after', async (t) => {
    const [laptop] = await makeRest(t);
    assert.equal(await compares(laptop, { include: ['rc'] }), true);
    t.mock.timers.reset();
    const [other] = await makeRest(t);
    t.mock.timers.tick(86_399 * SECOND);
    assert.equal(await compares(other), false);
    t.mock.timers.tick(SECOND);
    assert.equal(await compares(other), true);
  });

  it('does not rest on a stamp that could hide a change', async (t) => {
    const [laptop] = await makeRest(t);
    t.mock.timers.setTime(Date.now() - 20 * SECOND);
    laptop.write('.ssh-sync-ignore', '# nothing yet\n');
    assert.equal(await compares(laptop), true);
    assert.equal(await compares(laptop), true);
    t.mock.timers.tick(20 * SECOND);
    await sync(laptop);
    assert.equal(await compares(laptop), false);
  });

  it('syncs again as long as there is something to say', async (t) => {
    const [laptop] = await makePairWith({ id: 'one\n' });
    symlinkSync('/nowhere', laptop.path('broken'));
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 10 * SECOND });
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(
        (await sync(laptop)).remarks.map(({ name, kind }) => [name, kind]),
        [['broken', 'blocked']],
      );
      t.mock.timers.tick(10 * SECOND);
    }
  });
});
