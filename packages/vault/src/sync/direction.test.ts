import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makePairWith, texts, type Machine } from '../../testing/machine.ts';
import type { Decision } from './plan.ts';
import type { Report, SyncHost } from './report.ts';

type Answer = Awaited<ReturnType<SyncHost['decide']>>;

/** Answers every question alike, and notes what was asked. */
function answering(answer: Answer, asked: string[] = []): Partial<SyncHost> {
  return {
    decide: ({ name, why }: Decision) => {
      asked.push(`${name}: ${why}`);
      return Promise.resolve(answer);
    },
  };
}

/**
 * Two machines whose files differ in every way: `mine` and `theirs` were changed on one side, `both` on both, `new-*`
 * is new, `*-deleted` was deleted.
 */
async function makeDifferent(): Promise<readonly [laptop: Machine, desktop: Machine]> {
  const names = ['mine', 'theirs', 'both', 'mine-deleted', 'theirs-deleted', 'same', 'same2', 'same3'];
  const [laptop, desktop] = await makePairWith(Object.fromEntries(names.map((name) => [name, 'old'])));
  laptop.write('theirs', 'from laptop');
  laptop.write('both', 'from laptop');
  laptop.write('new-theirs', 'from laptop');
  laptop.remove('theirs-deleted');
  await laptop.sync();
  desktop.write('mine', 'from desktop');
  desktop.write('both', 'from desktop');
  desktop.write('new-mine', 'from desktop');
  desktop.remove('mine-deleted');
  return [laptop, desktop];
}

const QUESTIONS_UP = [
  "both: changed on both sides at the same time: the server's version is kept",
  'theirs: changed on the server',
  'theirs-deleted: deleted on the server',
  'new-theirs: new on the server',
];

describe('upload', () => {
  it('makes the files here the new version, and asks about what others changed', async () => {
    const [laptop, desktop] = await makeDifferent();
    const before = desktop.files();
    const asked: string[] = [];
    const report = await desktop.sync({ direction: 'up' }, answering('overwrite', asked));
    assert.deepEqual(withoutTime(asked), withoutTime(QUESTIONS_UP));
    assert.deepEqual(report.uploaded, ['both', 'mine', 'new-mine', 'theirs', 'theirs-deleted']);
    assert.deepEqual(report.deletedOnServer, ['mine-deleted', 'new-theirs']);
    assert.deepEqual([report.downloaded, report.deletedHere, report.snapshot], [[], [], undefined]);
    assert.deepEqual(desktop.files(), before);
    await laptop.sync();
    assert.deepEqual(laptop.files(), before);
  });

  it('leaves what is skipped as it is on both sides, to be asked about again', async () => {
    const [laptop, desktop] = await makeDifferent();
    const report = await desktop.sync({ direction: 'up' }, answering('skip'));
    assert.deepEqual(report.uploaded, ['mine', 'new-mine']);
    assert.deepEqual(report.deletedOnServer, ['mine-deleted']);
    const asked: string[] = [];
    await desktop.sync({ direction: 'up' }, answering('skip', asked));
    assert.equal(asked.length, 4);
    await laptop.sync();
    assert.equal(laptop.read('both'), 'from laptop');
    assert.equal(laptop.read('new-mine'), 'from desktop');
  });

  it('sends a config as it is here, without a merge', async () => {
    const [laptop, desktop] = await makePairWith({ config: 'Host a\n' });
    laptop.write('config', 'Host a\nHost b\n');
    desktop.write('config', 'Host c\n');
    await laptop.sync();
    await desktop.sync({ direction: 'up' }, answering('overwrite'));
    await laptop.sync();
    assert.equal(laptop.read('config'), 'Host c\n');
  });
});

describe('download', () => {
  it('takes the files of the server, and asks about local ones with other content', async () => {
    const [laptop, desktop] = await makeDifferent();
    const asked: string[] = [];
    const report = await desktop.sync({ direction: 'down' }, answering('overwrite', asked));
    assert.deepEqual(withoutTime(asked), withoutTime([QUESTIONS_UP[0] ?? '', 'mine: changed here']));
    assert.deepEqual(report.downloaded, ['both', 'mine', 'mine-deleted', 'new-theirs', 'theirs']);
    assert.deepEqual([report.deletedHere, report.uploaded], [['theirs-deleted'], []]);
    assert.deepEqual(desktop.files(), { ...laptop.files(), 'new-mine': '600 from desktop' });
    assert.equal(desktop.server.records.length, 4, 'genesis, admission, two commits of the laptop');
  });

  it('leaves local files that are skipped, and brings those that are missing', async () => {
    const [, desktop] = await makeDifferent();
    const report = await desktop.sync({ direction: 'down' }, answering('skip'));
    assert.deepEqual(report.downloaded, ['mine-deleted', 'new-theirs', 'theirs']);
    assert.deepEqual(texts(report), [
      'skipped both: skipped: it differs here and on the server',
      'skipped mine: skipped: it differs here and on the server',
      'skipped new-mine: skipped: it is only here',
    ]);
    assert.deepEqual([desktop.read('theirs'), desktop.read('mine')], ['from laptop', 'from desktop']);
    assert.ok((await desktop.sync()).decisions.some(({ name }) => name === 'both'));
  });

  it("saves the server's version beside, under the next free name, and never sends that", async () => {
    const [, desktop] = await makeDifferent();
    desktop.write('both.duplicate', 'an older copy');
    mkdirSync(desktop.path('both.duplicate2'));
    const report = await desktop.sync({ direction: 'down' }, answering('duplicate'));
    assert.deepEqual(report.downloaded, [
      'mine-deleted',
      'new-theirs',
      'theirs',
      'both.duplicate3',
      'mine.duplicate',
    ]);
    assert.equal(desktop.read('both.duplicate'), 'an older copy');
    assert.equal(desktop.read('both.duplicate3'), 'from laptop');
    assert.equal(desktop.read('both'), 'from desktop');
    assert.ok(texts(report).includes(`duplicate both: the server's version goes to "both.duplicate3"`));
    const later = await desktop.sync();
    assert.deepEqual(
      later.uploaded.filter((name) => name.includes('duplicate')),
      [],
    );
  });

  it('cuts a name that would be too long with its ending, and gives no two copies one name', async () => {
    const stem = 'é'.repeat(125);
    const names = [`${stem}one`, `${stem}two`, 'Both', 'both'];
    const [laptop, desktop] = await makePairWith(Object.fromEntries(names.map((name) => [name, 'old'])));
    for (const name of names) laptop.write(name, `from laptop: ${name.slice(-3)}`);
    for (const name of names) desktop.write(name, 'from desktop');
    await laptop.sync();
    const report = await desktop.sync({ direction: 'down' }, answering('duplicate'));
    const cut = 'é'.repeat(122);
    assert.deepEqual(report.downloaded, [
      'Both.duplicate',
      'both.duplicate2',
      `${cut}.duplicate`,
      `${cut}.duplicate2`,
    ]);
    assert.deepEqual(
      report.downloaded.map((name) => desktop.read(name).slice(-3)),
      ['oth', 'oth', 'one', 'two'],
    );
    for (const name of names) assert.equal(desktop.read(name), 'from desktop');
  });

  it('saves no copy in place of another file that arrives, or of an older one in the folder of safe mode', async () => {
    const include = ['a.duplicate'];
    const [laptop, desktop] = await makePairWith({ a: 'old', b: 'old' });
    laptop.write('a', 'from laptop');
    laptop.write('a.duplicate', 'a file of that name');
    desktop.write('a', 'from desktop');
    await laptop.sync({ include });
    const safeFolder = join(desktop.place.home, 'safe');
    const run = (): Promise<Report> =>
      desktop.sync({ direction: 'down', include, safeFolder }, answering('duplicate'));
    assert.deepEqual((await run()).downloaded, ['a.duplicate', 'a.duplicate2']);
    writeFileSync(join(safeFolder, 'a.duplicate2'), 'of somebody else');
    assert.deepEqual((await run()).downloaded, ['a.duplicate', 'a.duplicate3']);
    assert.equal(readFileSync(join(safeFolder, 'a.duplicate'), 'utf8'), 'a file of that name');
    assert.equal(readFileSync(join(safeFolder, 'a.duplicate2'), 'utf8'), 'of somebody else');
    assert.equal(readFileSync(join(safeFolder, 'a.duplicate3'), 'utf8'), 'from laptop');
  });

  it('saves no second copy of what a copy has already', async () => {
    const [, desktop] = await makeDifferent();
    mkdirSync(desktop.path('both.duplicate'));
    await desktop.sync({ direction: 'down' }, answering('duplicate'));
    const before = desktop.files();
    const report = await desktop.sync({ direction: 'down' }, answering('duplicate'));
    assert.deepEqual([report.downloaded, desktop.files()], [[], before]);
    assert.ok(
      texts(report).includes('skipped both: skipped: the server\'s version is in "both.duplicate2" already'),
    );
  });

  it('asks about both halves of a key pair of which each side changed one', async () => {
    const [laptop, desktop] = await makePairWith({ id: 'old', 'id.pub': 'old' });
    laptop.write('id', 'from laptop');
    desktop.write('id.pub', 'from desktop');
    await laptop.sync();
    await desktop.sync({ direction: 'down' }, answering('skip'));
    assert.deepEqual([desktop.read('id'), desktop.read('id.pub')], ['old', 'from desktop']);
  });

  it('says so if the server has lost the version that was to be saved beside', async () => {
    const [, desktop] = await makeDifferent();
    const { state } = (await desktop.open()).session;
    const manifests = state.manifests.map(({ id }) => id.toHex());
    for (const id of state.live.keys())
      if (!manifests.includes(id)) desktop.server.lose(Uint8Array.fromHex(id));
    const report = await desktop.sync({ direction: 'down' }, answering('duplicate'));
    assert.deepEqual(report.downloaded, []);
    assert.ok(texts(report).some((text) => text.startsWith('lost both: ')));
  });

  it('withholds lines that nobody accepts, however the question about the file is answered', async () => {
    const [laptop, desktop] = await makePairWith({ config: 'Host a\n' });
    laptop.write('config', 'Host a\n\tProxyCommand nc %h %p\n');
    await laptop.sync();
    const report = await desktop.sync({ direction: 'down' }, answering('overwrite'));
    assert.deepEqual(
      report.withheld.map(({ name }) => name),
      ['config'],
    );
    assert.equal(desktop.read('config'), 'Host a\n');
  });

  it('changes nothing on the server, whatever is here', async () => {
    const [, desktop] = await makeDifferent();
    const { length } = desktop.server.records;
    await desktop.sync({ direction: 'down' }, answering('duplicate'));
    assert.equal(desktop.server.records.length, length);
  });
});

/** Which of two files written within a second is newer is not the point here. */
function withoutTime(questions: readonly string[]): readonly string[] {
  return questions
    .map((question) => question.replace(/changed on both sides.*/, 'changed on both sides'))
    .toSorted();
}
