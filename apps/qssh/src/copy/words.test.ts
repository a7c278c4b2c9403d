import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitWords } from './words.ts';

test('splitWords cuts a line as a shell does', () => {
  assert.deepEqual(splitWords('  a  "b c" \'d "e\' f\\ g h"i"\'j\' "\\"k" ""'), [
    'a',
    'b c',
    'd "e',
    'f g',
    'hij',
    '"k',
    '',
  ]);
  assert.deepEqual(splitWords('$(x) `y` *'), ['$(x)', '`y`', '*']);
  for (const wrong of ['"a', "a'", 'a\\']) assert.throws(() => splitWords(wrong), SyntaxError, wrong);
});

test('splitWords gives back what was quoted', () => {
  const words = fc.array(
    fc.string().filter((word) => !word.includes("'")),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(words, (all) => assert.deepEqual(splitWords(all.map((word) => `'${word}'`).join(' ')), all)),
  );
});
