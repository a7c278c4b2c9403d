import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outdated, type Kept, type Retention } from './retention.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const DAY = 86_400_000;

interface Named extends Kept {
  readonly name: string;
}

/** One snapshot an hour, newest first, each of 10 bytes. */
function hourly(...names: readonly string[]): Named[] {
  return names.map((name, index) => ({
    ...one(name),
    takenAt: new Date(NOW - index * 3_600_000),
  }));
}

function go(snapshots: readonly Named[], retention: Partial<Retention> = {}): string[] {
  const all: Retention = { newest: 1, days: 30, maxCount: 100, maxBytes: 1000, ...retention };
  return outdated(snapshots, all, NOW).map(({ name }) => name);
}

test('outdated keeps what is young, whatever the number, and the newest, whatever their age', () => {
  const ages = [40, 30, 29.9, 50, 60];
  const snapshots = ages.map((days) => ({ ...one(`${days} days`), takenAt: new Date(NOW - days * DAY) }));
  assert.deepEqual(go(snapshots), ['30 days', '50 days', '60 days']);
  assert.deepEqual(go(snapshots, { newest: 4 }), ['60 days']);
  assert.deepEqual(go(snapshots, { newest: 5 }), []);
});

test('outdated takes the oldest beyond the greatest number, those that hold no file first', () => {
  const [a, b, c, d, e] = hourly('a', 'b', 'c', 'd', 'e').map((snapshot) => ({
    ...snapshot,
    holdsFiles: 'ae'.includes(snapshot.name),
  }));
  const snapshots = [a, b, c, d, e].filter((snapshot) => snapshot !== undefined);
  assert.deepEqual(go(snapshots, { maxCount: 5 }), []);
  assert.deepEqual(go(snapshots, { maxCount: 4 }), ['d']);
  assert.deepEqual(go(snapshots, { maxCount: 2 }), ['b', 'c', 'd']);
  assert.deepEqual(go(snapshots, { maxCount: 1 }), ['b', 'c', 'd', 'e']);
});

test('outdated takes the largest beyond the limit of bytes, the oldest of equal ones, and never the newest', () => {
  const sizes: Readonly<Record<string, number>> = { a: 500, b: 20, c: 300, d: 20, e: 300 };
  const snapshots = hourly('a', 'b', 'c', 'd', 'e').map((snapshot) => ({
    ...snapshot,
    bytes: sizes[snapshot.name] ?? 0,
  }));
  assert.deepEqual(go(snapshots, { maxBytes: 1140 }), []);
  assert.deepEqual(go(snapshots, { maxBytes: 1139 }), ['e']);
  assert.deepEqual(go(snapshots, { maxBytes: 540 }), ['c', 'e']);
  assert.deepEqual(go(snapshots, { maxBytes: 10 }), ['b', 'c', 'd', 'e']);
});

test('outdated keeps a small snapshot through a flood of larger ones and of many that hold no file', () => {
  const flood = Array.from({ length: 500 }, (_, index) => ({
    ...one(`flood ${index}`),
    bytes: index % 2 === 0 ? 50 : 1,
    holdsFiles: index % 2 === 0,
  }));
  const gone = go([...flood, { ...one('deleted keys'), takenAt: new Date(NOW - 29 * DAY) }], {
    maxCount: 300,
    maxBytes: 1000,
  });
  assert.equal(gone.includes('deleted keys'), false);
});

test('outdated takes further parts before whole snapshots, and nothing of the newest one', () => {
  const parts = ['new', 'mid', 'old'].flatMap((id) =>
    [0, 1, 2].map((part) => ({ ...one(`${id} ${part}`), id, part })),
  );
  assert.deepEqual(go(parts, { maxCount: 7 }), ['old 1', 'old 2']);
  assert.deepEqual(go(parts, { maxCount: 4 }), ['mid 1', 'mid 2', 'old 0', 'old 1', 'old 2']);
  assert.deepEqual(go(parts, { maxBytes: 0 }), ['mid 0', 'mid 1', 'mid 2', 'old 0', 'old 1', 'old 2']);
});

test('outdated takes nothing from nothing', () => assert.deepEqual(go([]), []));

function one(name: string): Named {
  return { name, id: name, part: 0, takenAt: new Date(NOW), bytes: 10, holdsFiles: true };
}
