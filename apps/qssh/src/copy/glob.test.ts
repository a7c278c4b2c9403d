import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapedPattern, expressionOf, glob, isPattern, unescaped } from './glob.ts';
import { LocalPlace } from './local-place.ts';

test('expressionOf matches as fnmatch(3) does', () => {
  const cases: readonly [pattern: string, name: string, matches: boolean][] = [
    ['*', 'a\nb', true],
    ['a*c', 'abbc', true],
    ['a*c', 'ab', false],
    ['?', '\xff', true],
    ['?', 'ab', false],
    ['[ab]', 'b', true],
    ['[!ab]', 'b', false],
    ['[^ab]', 'c', true],
    ['[a-c]x', 'bx', true],
    ['[]a]', ']', true],
    ['[!]a]', ']', false],
    ['[[:digit:]]', '7', true],
    ['[[:digit:]]', 'x', false],
    ['[\\]]', ']', true],
    ['[', '[', true],
    ['a.b', 'axb', false],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['(a|b)+', '(a|b)+', true],
  ];
  for (const [pattern, name, matches] of cases)
    assert.equal(expressionOf(pattern).test(name), matches, `${pattern} ${name}`);
});

test('escapedPattern makes a pattern that finds only its name, and unescaped takes that back', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      assert.equal(unescaped(escapedPattern(name)), name);
      assert.equal(isPattern(escapedPattern(name)), false);
      assert.ok(expressionOf(escapedPattern(name)).test(name));
    }),
  );
});

test('expressionOf takes every pattern, and many stars in little time', () => {
  fc.assert(fc.property(fc.string(), (pattern) => assert.ok(expressionOf(pattern) instanceof RegExp)));
  assert.equal(expressionOf(`${'*'.repeat(50)}b`).test('a'.repeat(5000)), false);
});

test('glob finds what is there, in order, hidden names only with their dot', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'glob-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['one', 'two', '.hidden', '*']) mkdirSync(join(folder, name));
  for (const name of ['one/a.txt', 'two/a.txt', 'two/b.txt', 'file']) writeFileSync(join(folder, name), '');
  symlinkSync('two', join(folder, 'way'));
  const found = async (word: string): Promise<string[]> =>
    (await glob(new LocalPlace(), `${folder}/${word}`)).map((path) => path.slice(folder.length + 1));
  assert.deepEqual(await found('*'), ['*', 'file', 'one', 'two', 'way']);
  assert.deepEqual(await found('.*'), ['.hidden']);
  assert.deepEqual(await found('*/a.txt'), ['one/a.txt', 'two/a.txt', 'way/a.txt']);
  assert.deepEqual(await found('t*/[!a]*'), ['two/b.txt']);
  assert.deepEqual(await found('o*/'), ['one/']);
  assert.deepEqual(await found('no*'), []);
  assert.deepEqual(await found('*/nothing'), []);
  assert.deepEqual(await found('\\*'), ['*']);
  assert.deepEqual(await found('no such file'), ['no such file']);
});
