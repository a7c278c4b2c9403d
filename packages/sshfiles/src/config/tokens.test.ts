import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { contentEnd, fromByteString, splitArguments, splitKeyword, toByteString } from './tokens.ts';

test('toByteString and fromByteString keep every byte', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(fromByteString(toByteString(bytes)), bytes)),
  );
});

test('contentEnd stops at a NUL and strips blanks, CR, LF and form feed, but never the first byte', () => {
  const cases: [string, number][] = [
    ['Port 22\r\n', 7],
    ['Port 22 \t\f\r\n', 7],
    ['Port 22\v\n', 8],
    ['Port 22\0 x\n', 7],
    ['\0Port 22\n', 0],
    ['\n', 1],
    ['\f\n', 1],
    ['', 0],
  ];
  for (const [line, end] of cases) assert.equal(contentEnd(line), end, JSON.stringify(line));
});

test('splitKeyword finds the keyword where OpenSSH finds it', () => {
  const cases: [string, string | undefined, string?][] = [
    ['Port 22', 'port', '22'],
    ['PORT=22', 'port', '22'],
    ['Port = 22', 'port', '22'],
    ['Port == 22', 'port', '= 22'],
    ['\t \r Port\r22', 'port', '22'],
    ['= Port 22', 'port', '22'],
    [' = Port 22', 'port', '22'],
    ['== Port 22', undefined],
    ['"Port" 22', 'port', '22'],
    ['Po"rt"22', 'port', '22'],
    ['Po"rt" =22', 'port', '=22'],
    ['""Port 22', 'port', '22'],
    [' "" Port 22', undefined],
    ['Port"22', undefined],
    ['# Port 22', undefined],
    [' = # Port 22', undefined],
    ['"#Port" 22', undefined],
    ['Port#22', 'port#22', ''],
    ['\vPort 22', '\vport', '22'],
    ["'Port' 22", "'port'", '22'],
    ['P\\ort 22', 'p\\ort', '22'],
    ['Port', 'port', ''],
    ['', undefined],
    ['\u00c4 x', '\u00c4', 'x'],
  ];
  for (const [line, keyword, rest] of cases) {
    const found = splitKeyword(line);
    assert.equal(found?.keyword, keyword, JSON.stringify(line));
    if (found !== undefined) assert.equal(line.slice(found.rest), rest, JSON.stringify(line));
  }
});

test('splitArguments unquotes, escapes and ends at a comment as OpenSSH does', () => {
  const cases: [string, string[] | undefined][] = [
    ['a  b\tc', ['a', 'b', 'c']],
    ['"a b" \'c d\'', ['a b', 'c d']],
    ['a"b c"d', ['ab cd']],
    ['a # b', ['a']],
    ['a#b', ['a#b']],
    ['"#a"', ['#a']],
    ['"" \'\'', ['', '']],
    ['a\\ b "c\\ d"', ['a b', 'c\\ d']],
    ['\\"a \\\'b \\\\c \\n', ['"a', "'b", '\\c', '\\n']],
    ['"a\\"b"', ['a"b']],
    ['"it\'s"', ["it's"]],
    ['a\rb\fc', ['a\rb\fc']],
    ['"a', undefined],
    ["b 'a", undefined],
    ['a\\', ['a\\']],
    ['', []],
  ];
  for (const [text, values] of cases) {
    assert.deepEqual(
      splitArguments(text, 0)?.map((argument) => argument.value),
      values,
      JSON.stringify(text),
    );
  }
});

test('splitArguments says where each argument stands, quotes included', () => {
  assert.deepEqual(splitArguments('Include "a b"  c # d', 7), [
    { value: 'a b', start: 8, end: 13 },
    { value: 'c', start: 15, end: 16 },
  ]);
});
