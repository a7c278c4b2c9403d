import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { editDistance, nearestWords } from './nearest-words.ts';
import { loadWords } from './word-list.ts';

test('editDistance counts insertions, deletions, replacements and swaps of neighbours', () => {
  assert.equal(editDistance('zoom', 'zoom'), 0);
  assert.equal(editDistance('zom', 'zoom'), 1);
  assert.equal(editDistance('zooom', 'zoom'), 1);
  assert.equal(editDistance('zoon', 'zoom'), 1);
  assert.equal(editDistance('ozom', 'zoom'), 1);
  assert.equal(editDistance('abacus', 'zoom'), 6);
  assert.equal(editDistance('', 'zoom'), 4);
});

test('editDistance is symmetric and at most the longer length', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const distance = editDistance(a, b);
      assert.equal(distance, editDistance(b, a));
      assert.ok(distance <= Math.max(a.length, b.length));
      assert.equal(distance === 0, a === b);
    }),
  );
});

test('nearestWords names the nearest words only, three at most, and none for what is far from all', async () => {
  const { words } = await loadWords();
  assert.deepEqual(nearestWords('abacsu', words), ['abacus']);
  assert.deepEqual(nearestWords('dropdown', words), ['drop-down']);
  assert.deepEqual(nearestWords('bat', ['bad', 'bit', 'hat', 'rat', 'boots']), ['bad', 'bit', 'hat']);
  assert.deepEqual(nearestWords('qqqqqqqq', words), []);
});

test('nearestWords forgives one edit in a short word and two in a longer one', () => {
  assert.deepEqual(nearestWords('zqqm', ['zoom']), []);
  assert.deepEqual(nearestWords('abqqus', ['abacus']), ['abacus']);
  assert.deepEqual(nearestWords('aqqqus', ['abacus']), []);
});
