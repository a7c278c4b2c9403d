import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMachineName, isUsername } from './names.ts';

test('isUsername takes letters, digits, dot, hyphen and underscore, a letter or digit at both ends', () => {
  for (const name of ['a', '7', 'alice', 'a.b-c_d', 'a--b', 'x'.repeat(64)])
    assert.equal(isUsername(name), true, name);
  const bad = [
    '',
    '-a',
    'a-',
    '.a',
    'a.',
    '_',
    'Alice',
    'a b',
    'a/b',
    'ä',
    'a\n',
    '\na',
    'a\0',
    'x'.repeat(65),
  ];
  for (const name of bad) assert.equal(isUsername(name), false, JSON.stringify(name));
});

test('isMachineName takes letters and digits of any script', () => {
  for (const name of ['a', 'laptop', 'Work PC 2', 'büro-rechner', '笔记本', 'ноутбук', 'x'.repeat(32), '٣'])
    assert.equal(isMachineName(name), true, name);
  const bad = [
    '',
    ' ',
    'a ',
    ' a',
    '-a',
    'a.',
    'x'.repeat(33),
    'a/b',
    'a\tb',
    'a\n',
    'a\u202eb',
    'a\u200bb',
    'a\u0301',
    'desktop\u3164', // HANGUL FILLER: a letter that nobody sees
    'l\u0430ptop', // the second letter is Cyrillic
  ];
  for (const name of bad) assert.equal(isMachineName(name), false, JSON.stringify(name));
});

test('isMachineName takes only the composed form of a letter', () => {
  assert.equal(isMachineName('b\u00fcro'), true);
  assert.equal(isMachineName('bu\u0308ro'), false);
});

test('isMachineName takes no more bytes than an entry has for a name', () => {
  assert.equal(isMachineName('本'.repeat(21)), true); // 63 bytes
  assert.equal(isMachineName('本'.repeat(22)), false); // 66 bytes
  assert.equal(isMachineName('𠮷'.repeat(16)), true); // 64 bytes
  assert.equal(isMachineName('𠮷'.repeat(17)), false);
});
