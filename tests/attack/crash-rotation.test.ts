import { presentEpoch } from '@orrery/vault';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeOver } from './stage/account.ts';
import { filesOf, findPoints, killAt, refuseAt, spread } from './stage/crash.ts';
import { findCuts, killAtRequest } from './stage/cut.ts';
import { makePair, recovers } from './stage/pair.ts';
import { Stage, succeeds, UNLIMITED } from './stage/stage.ts';

const stage = await Stage.build(UNLIMITED);
const rotate = ['rotate-master-key', '--yes'];

test('a rotation killed at any change of a file is ended by the next sync', async () => {
  const actors = await makePair(stage);
  const { laptop } = actors;
  await succeeds(laptop, ...rotate);
  for (const point of spread(await findPoints(laptop, ...rotate), 7)) {
    const before = filesOf(laptop);
    await killAt(laptop, point, ...rotate);
    await recovers(actors, before);
  }
  const { session } = await takeOver(laptop);
  assert.ok(presentEpoch(session.state).epoch > 7);
});

test('a rotation killed at any of its requests, before or after the server has it, is ended by the next sync', async () => {
  const actors = await makePair(stage);
  const { laptop } = actors;
  const cuts = await findCuts(stage.liar, () => succeeds(laptop, ...rotate));
  for (const cut of spread(cuts, 6)) {
    const before = filesOf(laptop);
    await killAtRequest(stage.liar, laptop, cut, ...rotate);
    await recovers(actors, before);
  }
});

test('a rotation that a machine began and never ends is ended by another one', async () => {
  const { laptop, desktop } = await makePair(stage);
  await succeeds(desktop, 'sync');
  const before = filesOf(desktop);
  await killAtRequest(stage.liar, laptop, { request: 2, moment: 'after' }, ...rotate);
  const { err } = await succeeds(desktop, 'sync');
  assert.match(err, /"laptop" rotated the master key/);
  assert.match(err, /encrypted \d+ objects under the new key/);
  assert.deepEqual(filesOf(desktop), before);
  await succeeds(laptop, 'sync');
  assert.deepEqual(filesOf(laptop), before);
});

test('a removal killed at any of its requests is either not done or ended by the next sync', async () => {
  const remove = ['remove-machine', 'victim', '--yes'];
  const scene = async () => {
    const [laptop, desktop, victim] = await stage.account(['laptop', 'desktop', 'victim']);
    assert.ok(laptop !== undefined && desktop !== undefined && victim !== undefined);
    laptop.write('id_ed25519', 'the key of the laptop\n');
    await succeeds(laptop, 'sync');
    return { laptop, desktop, victim };
  };
  const { laptop: first } = await scene();
  const cuts = await findCuts(stage.liar, () => succeeds(first, ...remove));
  const removed: boolean[] = [];
  for (const cut of spread(cuts, 5)) {
    const { laptop, desktop, victim } = await scene();
    const before = filesOf(laptop);
    await killAtRequest(stage.liar, laptop, cut, ...remove);
    await recovers({ laptop, desktop }, before);
    const { session } = await takeOver(laptop);
    const isRemoved = [...session.state.members.values()].some((member) => member.removed !== undefined);
    removed.push(isRemoved);
    const { code, err } = await victim.run('sync');
    if (isRemoved) assert.match(err, /was removed from the account by "laptop"/);
    else assert.equal(code, 0, err);
  }
  assert.deepEqual(new Set(removed), new Set([false, true]));
});

test('a rotation on a full disk is ended by the next sync when there is room', async () => {
  const actors = await makePair(stage);
  const { laptop } = actors;
  await succeeds(laptop, ...rotate);
  for (const point of spread(await findPoints(laptop, ...rotate), 4)) {
    const before = filesOf(laptop);
    const { code, err } = await refuseAt(laptop, point, 'ENOSPC', ...rotate);
    // What cannot be removed only stays behind.
    if (!point.call.startsWith('unlink')) {
      assert.equal(code, 1, err);
      assert.match(err, /cannot (?:write|append to) ".*": no space left on device/);
    }
    await recovers(actors, before);
  }
});
