import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { Scratch } from '../testing/scratch.ts';
import { leaveTemporary } from '../testing/temporary.ts';
import type { Retention } from './retention.ts';
import { Snapshots, type Sealer, type SnapshotSummary } from './snapshots.ts';

const KEY = Buffer.alloc(32, 1);
const NONCE = Buffer.alloc(12, 2);

/** Authentic, and private enough for a test. */
const sealer: Sealer = {
  seal(content, id) {
    const cipher = createCipheriv('aes-256-gcm', KEY, NONCE).setAAD(Buffer.from(id));
    const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
    return Buffer.concat([cipher.getAuthTag(), sealed]);
  },
  open(sealed, id) {
    const cipher = createDecipheriv('aes-256-gcm', KEY, NONCE).setAAD(Buffer.from(id));
    cipher.setAuthTag(sealed.subarray(0, 16));
    return Buffer.concat([cipher.update(sealed.subarray(16)), cipher.final()]);
  },
};

const bytes = new TextEncoder().encode('a secret key');
const files = new Map([
  ['id_ed25519', { bytes, mode: 0o600, mtimeSeconds: 1_600_000_000 }],
  ['config', null],
]);

const retention: Retention = { newest: 5, days: 30, maxCount: 100, maxBytes: 1_000_000 };

function open(scratch: Scratch, changes: Partial<Retention> = {}): Snapshots {
  return new Snapshots(scratch.file('snapshots'), sealer, { ...retention, ...changes });
}

function setTime(t: TestContext, time: string): void {
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse(time) });
}

/** The label, or what is wrong. */
function describe(summary: SnapshotSummary): string {
  return 'damaged' in summary ? summary.damaged.message : summary.label;
}

test('Snapshots gives back what it was given, under an id that sorts by age', (t) => {
  using scratch = new Scratch();
  setTime(t, '2026-11-20T18:30:00.999Z');
  const id = open(scratch).create('sync', files);
  assert.equal(id, '000001-20261120T183000Z');
  const takenAt = new Date('2026-11-20T18:30:00Z');
  const again = open(scratch);
  assert.deepEqual(again.read(id), { id, takenAt, label: 'sync', files });
  assert.deepEqual(again.list(), [{ id, takenAt, label: 'sync', names: ['id_ed25519', 'config'] }]);
});

test('Snapshots writes sealed files for the user alone', () => {
  using scratch = new Scratch();
  const id = open(scratch).create('sync', files);
  assert.deepEqual(readdirSync(scratch.file('snapshots')), [`${id}.snapshot`]);
  const path = scratch.file(`snapshots/${id}.snapshot`);
  assert.equal(statSync(scratch.file('snapshots')).mode & 0o777, 0o700);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.ok(!readFileSync(path).includes('secret'));
});

test('Snapshots removes what a killed process left in its folder', () => {
  using scratch = new Scratch();
  leaveTemporary(scratch.folder('snapshots'));
  const id = open(scratch).create('sync', files);
  assert.deepEqual(readdirSync(scratch.file('snapshots')), [`${id}.snapshot`]);
});

test('Snapshots wipes what it gave to the sealer and got from it, not what it was given', () => {
  using scratch = new Scratch();
  const seen: Uint8Array[] = [];
  const watched: Sealer = {
    seal(content, id) {
      seen.push(content);
      return sealer.seal(content, id);
    },
    open(sealed, id) {
      const content = sealer.open(sealed, id);
      seen.push(content);
      return content;
    },
  };
  const snapshots = new Snapshots(scratch.file('snapshots'), watched, retention);
  const read = snapshots.read(snapshots.create('sync', files));
  assert.equal(seen.length, 2);
  for (const each of seen) assert.ok(each.every((byte) => byte === 0));
  assert.deepEqual(read.files.get('id_ed25519')?.bytes, bytes);
});

test('Snapshots keeps them in the order they were taken, even when the clock goes back', (t) => {
  using scratch = new Scratch();
  const snapshots = open(scratch, { newest: 3 });
  for (const [index, year] of [2026, 2030, 2024, 2025].entries()) {
    setTime(t, `${year}-01-01T00:00:00Z`);
    snapshots.create(`number ${index}`, files);
  }
  assert.deepEqual(snapshots.list().map(describe), ['number 3', 'number 2', 'number 1', 'number 0']);
  setTime(t, '2031-01-01T00:00:00Z');
  open(scratch, { newest: 1 }).prune();
  assert.deepEqual(snapshots.list().map(describe), ['number 3']);
  assert.match(snapshots.create('next', files), /^000005-/);
});

test('Snapshots removes what is outdated whenever it takes one', (t) => {
  using scratch = new Scratch();
  const snapshots = open(scratch, { newest: 2 });
  setTime(t, '2026-01-01T00:00:00Z');
  for (const label of ['a', 'b', 'c']) snapshots.create(label, files);
  setTime(t, '2026-01-30T23:59:59Z');
  snapshots.create('d', files);
  assert.deepEqual(snapshots.list().map(describe), ['d', 'c', 'b', 'a']);
  setTime(t, '2026-01-31T00:00:00Z');
  snapshots.create('e', files);
  assert.deepEqual(snapshots.list().map(describe), ['e', 'd']);
});

test('Snapshots beyond its limits removes the oldest that hold no file, and the largest', () => {
  using scratch = new Scratch();
  const none = new Map([['new', null]]);
  const content = { bytes: new Uint8Array(5000), mode: 0o600, mtimeSeconds: 1 };
  const snapshots = open(scratch, { maxCount: 5, maxBytes: 9000 });
  snapshots.create('held', files);
  for (const label of ['a', 'b', 'c', 'd', 'e']) snapshots.create(label, none);
  assert.deepEqual(snapshots.list().map(describe), ['e', 'd', 'c', 'b', 'held']);
  snapshots.create('large', new Map([['id', content]]));
  snapshots.create('larger', new Map([['id', { ...content, bytes: new Uint8Array(6000) }]]));
  assert.deepEqual(snapshots.list().map(describe), ['larger', 'e', 'd', 'held']);
  assert.deepEqual(
    readdirSync(scratch.file('snapshots'))
      .map((name) => name.replace(/-.*Z/, ''))
      .toSorted(),
    ['000001.snapshot', '000005.added.snapshot', '000006.added.snapshot', '000008.snapshot'],
  );
});

test('Snapshots keeps a small file when the large ones beside it have to go', () => {
  using scratch = new Scratch();
  const large = { bytes: new Uint8Array(200_000), mode: 0o600, mtimeSeconds: 1 };
  const snapshots = open(scratch, { maxBytes: 500_000 });
  const id = snapshots.create('deleted', new Map([['large', large], ...files]));
  assert.deepEqual([...snapshots.read(id).files.keys()].toSorted(), ['config', 'id_ed25519', 'large']);
  assert.deepEqual(
    readdirSync(scratch.file('snapshots')).map((name) => name.replace(id, '')),
    ['.1.snapshot', '.snapshot'],
  );
  for (let round = 0; round < 5; round++) snapshots.create('flood', new Map([['planted', large]]));
  assert.deepEqual(snapshots.read(id).files, files);
  assert.deepEqual(snapshots.list().at(-1), {
    id,
    takenAt: snapshots.read(id).takenAt,
    label: 'deleted',
    names: ['config', 'id_ed25519'],
  });
});

test('Snapshots takes no part for another', () => {
  using scratch = new Scratch();
  const large = (size: number) => ({ bytes: new Uint8Array(size), mode: 0o600, mtimeSeconds: 1 });
  const snapshots = open(scratch);
  const id = snapshots.create(
    'a',
    new Map([
      ['a', large(60_000)],
      ['b', large(200_000)],
      ['c', large(900_000)],
    ]),
  );
  const path = (part: number): string => scratch.file(`snapshots/${id}.${part}.snapshot`);
  writeFileSync(path(1), readFileSync(path(2)));
  assert.throws(() => snapshots.read(id), { code: 'damaged', path: path(1) });
});

test('Snapshots goes on after number 999999', () => {
  using scratch = new Scratch();
  const snapshots = open(scratch);
  mkdirSync(scratch.file('snapshots'));
  scratch.write('snapshots/999999-20260101T000000Z.snapshot', 'x');
  assert.match(snapshots.create('a', files), /^1000000-/);
  assert.match(snapshots.create('b', files), /^1000001-/);
  assert.deepEqual(snapshots.list().map(describe).slice(0, 2), ['b', 'a']);
});

test('Snapshots names a damaged one, and the others can still be read', () => {
  using scratch = new Scratch();
  const snapshots = open(scratch);
  const [cut, renamed, forged, fine] = ['cut', 'renamed', 'forged', 'fine'].map((label) =>
    snapshots.create(label, files),
  );
  const path = (id: string | undefined): string => scratch.file(`snapshots/${id}.snapshot`);
  truncateSync(path(cut), 20);
  writeFileSync(path(renamed), readFileSync(path(fine)));
  writeFileSync(path(forged), sealer.seal(bytes, String(forged)));
  const damage = (id: string | undefined): string => `Cannot read snapshot "${id}": it is damaged`;
  assert.deepEqual(snapshots.list().map(describe), ['fine', damage(forged), damage(renamed), damage(cut)]);
  assert.throws(() => snapshots.read(String(cut)), {
    code: 'damaged',
    path: path(cut),
    message: damage(cut),
  });
  assert.equal(snapshots.read(String(fine)).label, 'fine');
});

test('Snapshots knows no ids but its own', () => {
  using scratch = new Scratch();
  const snapshots = open(scratch);
  const id = snapshots.create('sync', files);
  writeFileSync(scratch.file('000009-20260101T000000Z.snapshot'), 'x');
  for (const other of ['', '..', '../000009-20260101T000000Z', id.slice(1), `${id}\n`])
    assert.throws(() => snapshots.read(other), {
      code: 'no-snapshot',
      message: `Cannot read snapshot "${other}": there is none with this id`,
    });
});

test('Snapshots leaves alone what is not a snapshot of its own', () => {
  using scratch = new Scratch();
  const snapshots = open(scratch, { newest: 1, maxCount: 1 });
  scratch.folder('snapshots');
  scratch.write('notes', 'x');
  scratch.write('snapshots/notes.snapshot', 'x');
  scratch.write('snapshots/000001-20261399T000000Z.snapshot', 'x');
  scratch.folder('snapshots/000007-20260101T000000Z.snapshot');
  scratch.link('snapshots/000008-20260101T000000Z.snapshot', '../notes');
  const others = readdirSync(scratch.file('snapshots'));
  const ids = [snapshots.create('a', files), snapshots.create('b', files)];
  assert.deepEqual(snapshots.list().map(describe), ['b']);
  assert.deepEqual(readdirSync(scratch.file('snapshots')), [...others, `${ids[1]}.snapshot`].toSorted());
});

test('Snapshots without a folder are none', () => {
  using scratch = new Scratch();
  const snapshots = open(scratch);
  assert.deepEqual(snapshots.list(), []);
  snapshots.prune();
  assert.deepEqual(readdirSync(scratch.path), []);
});

test('Snapshots must keep at least one, and fewer than a folder may have entries', () => {
  using scratch = new Scratch();
  for (const newest of [0, -1, 1.5, Number.NaN, 101])
    assert.throws(
      () => open(scratch, { newest }),
      new RangeError(`Cannot keep ${newest} to 100 snapshots: 1 to 9999 expected`),
    );
  assert.throws(
    () => open(scratch, { maxCount: 10_000 }),
    new RangeError('Cannot keep 5 to 10000 snapshots: 1 to 9999 expected'),
  );
});
