import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { Machine, makePair, temporaryFolder } from '../../testing/machine.ts';
import { classicSuite } from '../device/suite.ts';
import { Contents } from './contents.ts';
import { lastSeenView, readView, type View } from './view.ts';

async function viewOf(machine: Machine, keeps = true): Promise<View> {
  const { home, session } = await machine.open(keeps);
  return readView(home, session, () => Contents.open(session));
}

function names({ files }: View): readonly string[] {
  return [...files.keys()].toSorted();
}

/** Commits file after file: `f0`, `f1`, ..., every tenth of which is deleted again with the next one. */
async function commitMany(machine: Machine, from: number, to: number): Promise<void> {
  for (let number = from; number < to; number++) {
    machine.write(`f${number}`, `content ${number}`);
    if (number % 10 === 1) machine.remove(`f${number - 1}`);
    await machine.sync({ allowDeletions: true });
  }
}

describe('readView', () => {
  it('has no file before the first commit', async () => {
    const view = await viewOf(await Machine.found(temporaryFolder()));
    assert.deepEqual([names(view), view.manifest], [[], undefined]);
  });

  it('reads only what came after the last view, and nothing if that is the newest', async () => {
    const [laptop, desktop] = await makePair();
    await commitMany(laptop, 0, 3);
    await viewOf(desktop);
    await commitMany(laptop, 3, 5);
    const { served } = laptop.server;
    served.length = 0;
    const view = await viewOf(desktop);
    assert.deepEqual(names(view), ['f1', 'f2', 'f3', 'f4']);
    assert.deepEqual(served, ['ledger', 'getObjects', 'getObjects']);
    served.length = 0;
    await viewOf(desktop);
    assert.deepEqual(served, ['ledger']);
  });

  it('writes nothing down for a session that keeps nothing', async () => {
    const [laptop, desktop] = await makePair();
    await commitMany(laptop, 0, 1);
    assert.deepEqual(names(await viewOf(desktop, false)), ['f0']);
    assert.deepEqual(names(lastSeenView(desktop.home)), []);
  });

  it('begins anew if what was kept is damaged', async () => {
    const [laptop] = await makePair();
    await commitMany(laptop, 0, 2);
    const path = laptop.home.file('view');
    writeFileSync(path, readFileSync(path).subarray(0, -1));
    assert.deepEqual(names(await viewOf(laptop)), ['f1']);
  });

  it('says so if a manifest on the way is lost, and does without those before a full one', async () => {
    const [laptop, desktop] = await makePair();
    await commitMany(laptop, 0, 2);
    const [first] = laptop.server.state.manifests;
    assert.ok(first !== undefined);
    laptop.server.lose(first.id);
    await assert.rejects(viewOf(desktop), { name: 'LostObjectError', code: 'missing' });
    assert.deepEqual(names(await viewOf(laptop)), ['f1']);
  });
});

describe('a chain of 150 commits', () => {
  const folder = temporaryFolder();
  let laptop: Machine;
  /** After each commit: the depth of its manifest, and how many objects the server keeps. */
  const depths: number[] = [];
  const sizes: number[] = [];
  const numbers = Array.from({ length: 150 }, (_, number) => number);
  const expected = numbers.filter((number) => number % 10 !== 0).map((number) => `f${number}`);

  before(async () => {
    laptop = await Machine.found(folder, 'laptop', classicSuite);
    for (const number of numbers) {
      await commitMany(laptop, number, number + 1);
      depths.push(lastSeenView(laptop.home).manifest?.depth ?? -1);
      sizes.push(laptop.server.objects.size);
    }
  });

  it('has a full manifest at every 64th', () => {
    assert.deepEqual(
      numbers.filter((number) => depths[number] === 0),
      [0, 64, 128],
    );
    assert.equal(Math.max(...depths), 63);
  });

  it('keeps what happened since the full manifest before the newest, and lets go of what is older', () => {
    // Each commit adds a manifest and a content. With 128 go the 64 manifests before the full one of 64, and
    // the contents that were deleted before that: f0, f10, ... f60.
    assert.deepEqual([sizes[63], sizes[64], sizes[127]], [128, 130, 256]);
    assert.equal(sizes[128], 258 - 64 - 7);
    assert.equal(laptop.server.objects.size, laptop.server.state.live.size);
  });

  it('is read from nothing by a newcomer', async () => {
    const newcomer = await laptop.admit('newcomer', classicSuite);
    assert.deepEqual(names(await viewOf(newcomer)), expected.toSorted());
    assert.deepEqual((await newcomer.sync()).downloaded, expected.toSorted());
    assert.deepEqual(newcomer.files(), laptop.files());
  });
});
