import assert from 'node:assert/strict';
import { matchesGlob } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isNamedBy, keptPattern } from './name-pattern.ts';

const table: readonly (readonly [pattern: string, name: string, expected: boolean])[] = [
  ['work.conf', 'work.conf', true],
  ['work.conf', 'work.con', false],
  ['work.conf', 'work.conf2', false],
  ['*', 'anything', true],
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['*.conf', 'a.conf', true],
  ['*.conf', '.conf', true],
  ['*.conf', 'a.conf.old', false],
  ['a*b*c', 'aXbYbZc', true],
  ['a*b*c', 'aXbYbZ', false],
  ['h?me', 'home', true],
  ['h?me', 'hme', false],
  ['Work.Conf', 'work.conf', true],
  ['straße', 'STRASSE', true],
  ['caf\u00e9', 'cafe\u0301', true],
  ['{a,b}', 'a', false],
  ['[ab]', 'a', false],
  ['*(a)', 'aa', false],
];

describe('isNamedBy', () => {
  for (const [pattern, name, expected] of table)
    it(`says ${expected} for "${name}" and pattern "${pattern}"`, () =>
      assert.equal(isNamedBy(name, pattern), expected));

  it('agrees with the glob of Node.js on letters, * and ?', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 8 });
    const pattern = fc.array(fc.constantFrom('a', 'b', '*', '?'), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(letters, pattern, (name, wanted) => {
        const [text, glob] = [name.join(''), wanted.join('')];
        // Two stars alone are a folder pattern to Node.js.
        fc.pre(!glob.includes('**'));
        assert.equal(isNamedBy(text, glob), matchesGlob(text, glob));
      }),
    );
  });

  it('ends for patterns that make other matchers run for ever', () => {
    const name = 'a'.repeat(255);
    assert.equal(isNamedBy(name, `${'*a'.repeat(200)}*b`), false);
    assert.equal(isNamedBy(name, '{1..99999999}'), false);
    assert.equal(isNamedBy(name, `${'*('.repeat(30)}a${')'.repeat(30)}`), false);
  });
});

describe('keptPattern', () => {
  it('keeps one star of a run', () => assert.equal(keptPattern('a***b*'), 'a*b*'));
  it('keeps the longest name', () => assert.equal(keptPattern('a'.repeat(255)), 'a'.repeat(255)));
  it('drops what no name can match', () => assert.equal(keptPattern(`*${'a'.repeat(256)}*`), undefined));
});
