import { classicSuite } from '@orrery/vault';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeOver } from './stage/account.ts';
import { filesOf, findPoints, killAt, refuseAt, spread } from './stage/crash.ts';
import { findCuts, killAtRequest } from './stage/cut.ts';
import { contents } from './stage/folder.ts';
import { makePair, recovers, type Pair } from './stage/pair.ts';
import { Stage, succeeds, UNLIMITED } from './stage/stage.ts';

const stage = await Stage.build(UNLIMITED);

test('a migration killed at any change of a file locks nobody out', async () => {
  const { laptop } = await makePair(stage, classicSuite);
  const points = await findPoints(laptop, 'migrate', '--yes');
  for (const point of spread(points, 6)) {
    const actors = await makePair(stage, classicSuite);
    const before = filesOf(actors.laptop);
    await killAt(actors.laptop, point, 'migrate', '--yes');
    await migrates(actors, before);
  }
});

test('a migration killed at any of its requests, before or after the server has it, locks nobody out', async () => {
  const { laptop } = await makePair(stage, classicSuite);
  const cuts = await findCuts(stage.liar, () => succeeds(laptop, 'migrate', '--yes'));
  for (const cut of spread(cuts, 5)) {
    const actors = await makePair(stage, classicSuite);
    const before = filesOf(actors.laptop);
    await killAtRequest(stage.liar, actors.laptop, cut, 'migrate', '--yes');
    await migrates(actors, before);
  }
});

/** The same command again makes the machine post-quantum, whatever became of it the first time. */
async function migrates(actors: Pair, before: Readonly<Record<string, string>>): Promise<void> {
  const { laptop } = actors;
  await succeeds(laptop, 'migrate', '--yes');
  const { session } = await takeOver(laptop);
  assert.ok(session.device.suite.postQuantum);
  assert.deepEqual(
    Object.keys(contents(laptop.state)).filter((name) => name.includes('next')),
    [],
  );
  await recovers(actors, before);
}

test('a migration on a full disk is repeated when there is room', async () => {
  const { laptop } = await makePair(stage, classicSuite);
  const points = await findPoints(laptop, 'migrate', '--yes');
  const writes = points.filter(({ call }) => call === 'pwrite64');
  for (const point of spread(writes, 3)) {
    const actors = await makePair(stage, classicSuite);
    const before = filesOf(actors.laptop);
    const { code, err } = await refuseAt(actors.laptop, point, 'ENOSPC', 'migrate', '--yes');
    assert.equal(code, 1, err);
    assert.match(err, /cannot (?:write|append to) ".*": no space left on device/);
    await migrates(actors, before);
  }
});
