import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { takeOver } from './stage/account.ts';
import { demandTidy, filesOf, findPoints, killAt, refuseAt, spread } from './stage/crash.ts';
import { findCuts, killAtRequest } from './stage/cut.ts';
import type { Machine } from './stage/machine.ts';
import { Stage, succeeds, UNLIMITED } from './stage/stage.ts';

const stage = await Stage.build(UNLIMITED);
let accounts = 0;

/** A machine with a file, and the words that begin an account for it. */
function scene(): { readonly laptop: Machine; readonly setup: readonly string[] } {
  const laptop = stage.stranger('laptop');
  laptop.write('id_ed25519', 'the key of the laptop\n');
  const username = `founder${++accounts}`;
  const identity = ['--server', stage.liar.url, '--username', username, '--machine', 'laptop'];
  return { laptop, setup: ['setup', ...identity] };
}

/** The same command again ends what was begun: the name is not lost to keys that nobody has any more. */
async function isFounded(laptop: Machine, setup: readonly string[]): Promise<void> {
  const before = filesOf(laptop);
  const { code, err } = await laptop.run(...setup);
  // The kill came too late to matter.
  if (code !== 0) assert.match(err, /cannot set up ".*": it is machine "laptop" of account "founder\d+"/);
  await succeeds(laptop, 'sync');
  const { session } = await takeOver(laptop);
  assert.deepEqual(
    [...session.state.members.values()].map(({ name }) => name),
    ['laptop'],
  );
  assert.equal(session.state.head.number, 1, 'one account, one commit');
  assert.deepEqual(filesOf(laptop), before);
  demandTidy(laptop);
  assert.ok(!readdirSync(laptop.state).includes('pending'));
}

test('a first setup killed at any change of a file is ended by the same command', async () => {
  const { laptop: first, setup: words } = scene();
  for (const point of spread(await findPoints(first, ...words), 7)) {
    const { laptop, setup } = scene();
    await killAt(laptop, point, ...setup);
    await isFounded(laptop, setup);
  }
});

test('a first setup killed before or after the server has the account is ended by the same command', async () => {
  const { laptop: first, setup: words } = scene();
  const cuts = await findCuts(stage.liar, () => succeeds(first, ...words));
  assert.ok(cuts.length >= 2);
  for (const cut of cuts) {
    const { laptop, setup } = scene();
    await killAtRequest(stage.liar, laptop, cut, ...setup);
    await isFounded(laptop, setup);
  }
});

test('a first setup on a full disk says so and is ended by the same command when there is room', async () => {
  const { laptop: first, setup: words } = scene();
  const points = await findPoints(first, ...words);
  const writes = points.filter(({ call }) => call === 'pwrite64');
  for (const point of spread(writes, 3)) {
    const { laptop, setup } = scene();
    const { code, err } = await refuseAt(laptop, point, 'ENOSPC', ...setup);
    assert.equal(code, 1, err);
    assert.match(err, /cannot write ".*": no space left on device/);
    await isFounded(laptop, setup);
  }
});
