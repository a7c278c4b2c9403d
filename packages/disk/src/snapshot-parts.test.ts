import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SnapshotFile } from './snapshot-format.ts';
import { intoParts } from './snapshot-parts.ts';

const KIB = 1024;

function file(bytes: number): SnapshotFile {
  return { bytes: new Uint8Array(bytes), mode: 0o600, mtimeSeconds: 0 };
}

test('intoParts leaves what is small together, in its order', () => {
  const files = new Map([
    ['id', file(40 * KIB)],
    ['config', null],
  ]);
  assert.deepEqual(intoParts(files), [files]);
  assert.deepEqual(intoParts(new Map()), [new Map()]);
});

test('intoParts keeps a key apart from what is large, in parts that grow', () => {
  const large = Array.from({ length: 8 }, (_, index) => [`large ${index}`, file(100 * KIB)] as const);
  const parts = intoParts(new Map<string, SnapshotFile | null>([...large, ['id', file(400)], ['new', null]]));
  assert.deepEqual(
    parts.map((part) => [...part.keys()]),
    [
      ['new', 'id'],
      ['large 0', 'large 1'],
      ['large 2', 'large 3', 'large 4', 'large 5', 'large 6', 'large 7'],
    ],
  );
});

test('intoParts loses nothing, and no part holds more than its limit or one file', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 300 * KIB }), { maxLength: 30 }), (sizes) => {
      const files = new Map(sizes.map((size, index) => [`${index}`, file(size)]));
      const parts = intoParts(files);
      assert.deepEqual(new Map(parts.flatMap((part) => [...part])), files);
      for (const [index, part] of parts.entries()) {
        const total = part
          .entries()
          .reduce((sum, [name, each]) => sum + name.length + (each?.bytes.length ?? 0), 0);
        assert.ok(part.size === 1 || total <= 64 * KIB * 4 ** index);
      }
    }),
    { numRuns: 50 },
  );
});
