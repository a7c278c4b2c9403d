import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import { loadWords } from './word-list.ts';

test('words are the large list of the EFF', async () => {
  const { words } = await loadWords();
  assert.equal(words.length, 7776);
  assert.equal(new Set(words).size, 7776);
  assert.equal(words.at(0), 'abacus');
  assert.equal(words.at(-1), 'zoom');
  assert.equal(
    sha256(utf8(words.join('\n'))).toHex(),
    'abae49761b88f3f1ba31ef944bea1f61b795a3cd7e1cfb7d276ed45bf77967ba',
  );
});

test('words have four with a hyphen, none of which begins with another word', async () => {
  const list = await loadWords();
  const hyphenated = list.words.filter((word) => !/^[a-z]+$/.test(word));
  assert.deepEqual(hyphenated, ['drop-down', 'felt-tip', 't-shirt', 'yo-yo']);
  assert.deepEqual(
    hyphenated.filter((word) => list.has(word.split('-')[0] ?? '')),
    [],
  );
});

test('WordList.has tells a word from what is not exactly one', async () => {
  const list = await loadWords();
  assert.equal(list.has('abacus'), true);
  assert.equal(list.has('Abacus'), false);
  assert.equal(list.has('constructor'), false);
});
