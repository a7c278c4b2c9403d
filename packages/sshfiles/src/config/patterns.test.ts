import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { matchesPattern, patternsMeet } from './patterns.ts';

test('matchesPattern knows * and ?', () => {
  const cases: [string, string, boolean][] = [
    ['abc', 'abc', true],
    ['abc', 'a?c', true],
    ['abc', 'a*', true],
    ['abc', '*', true],
    ['', '*', true],
    ['', '?', false],
    ['', '', true],
    ['abc', 'ab', false],
    ['abc', '*b', false],
    ['a*c', 'a*c', true],
    ['abc', '***c', true],
  ];
  for (const [text, pattern, expected] of cases)
    assert.equal(matchesPattern(text, pattern), expected, `${text} ${pattern}`);
});

test('patternsMeet says whether some text matches both', () => {
  const cases: [string, string, boolean][] = [
    ['*.a.example', '*.b.example', false],
    ['*.example', 'host.*', true],
    ['web?', 'web1*', true],
    ['web?', 'web', false],
    ['a*b*c', '*b', false],
    ['a*b*c', '*bc', true],
  ];
  for (const [one, other, expected] of cases) {
    assert.equal(patternsMeet(one, other), expected, `${one} ${other}`);
    assert.equal(patternsMeet(other, one), expected, `${other} ${one}`);
  }
});

test('patternsMeet finds every text that matches both', () => {
  const pieces = (from: string): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(...from.split('')), { maxLength: 6 }).map((parts) => parts.join(''));
  const expression = (pattern: string): RegExp =>
    new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
  fc.assert(
    fc.property(pieces('ab*?'), pieces('ab*?'), pieces('ab'), (one, other, text) => {
      assert.equal(matchesPattern(text, one), expression(one).test(text));
      if (expression(one).test(text) && expression(other).test(text)) assert.ok(patternsMeet(one, other));
    }),
    { numRuns: 3000 },
  );
});
