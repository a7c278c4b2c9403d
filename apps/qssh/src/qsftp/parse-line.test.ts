import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapedPattern, unescaped } from '../copy/glob.ts';
import { parseLine, splitPatterns } from './parse-line.ts';

test('parseLine reads a command, its words and what is before it', () => {
  assert.deepEqual(parseLine('  -@GET a "b c" '), {
    command: 'get',
    words: ['a', 'b c'],
    rest: 'a "b c"',
    mayFail: true,
    isSilent: true,
  });
  assert.deepEqual(parseLine('!echo "a  b"'), {
    command: '!',
    words: [],
    rest: 'echo "a  b"',
    mayFail: false,
    isSilent: false,
  });
  for (const nothing of ['', '   ', '# get a', '\t#']) assert.equal(parseLine(nothing), undefined);
  assert.deepEqual(parseLine('ls a#b # comment')?.words, ['a#b']);
});

test('splitPatterns keeps what was quoted from having a meaning', () => {
  assert.deepEqual(splitPatterns(String.raw`g* "g*" 'g?' g\* g\[ \\ "\\" 'a\b' it\'s "\""`), [
    'g*',
    String.raw`g\*`,
    String.raw`g\?`,
    String.raw`g\*`,
    String.raw`g\[`,
    String.raw`\\`,
    String.raw`\\`,
    String.raw`a\\b`,
    "it's",
    '"',
  ]);
  assert.throws(() => splitPatterns('"a'), { name: 'SyntaxError', message: 'Unterminated quoted argument' });
});

test('splitPatterns gives back every name that has backslashes before what is special', () => {
  const name = fc.string({ minLength: 1 });
  fc.assert(
    fc.property(name, (text) => {
      const [word = '', ...others] = splitPatterns(text.replace(/[\s"'#\\*?[]/g, String.raw`\$&`));
      assert.deepEqual(others, []);
      assert.equal(unescaped(word), text);
      assert.equal(word, escapedPattern(text));
    }),
  );
});
