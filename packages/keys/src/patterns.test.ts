import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { matchPatternList, matchesPattern } from './patterns.ts';

test('matchPatternList takes a negated pattern before all others, and case as it is told', () => {
  assert.equal(matchPatternList('alice', 'a*,!alice'), 'negated');
  assert.equal(matchPatternList('alice', '!bob'), 'none');
  assert.equal(matchPatternList('Host', 'hOST', true), 'match');
  assert.equal(matchPatternList('Host', 'hOST'), 'none');
});

test('matchesPattern agrees with a regular expression for all patterns', () => {
  const text = (...characters: readonly string[]): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(...characters), { maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text('a', 'b', '.'), text('a', 'b', '.', '*', '?'), (name, pattern) => {
      const expression = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
      assert.equal(matchesPattern(name, pattern), new RegExp(`^${expression}$`).test(name));
    }),
    { numRuns: 500 },
  );
});
