import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_PHRASE_TEXT, PhraseError, makePhrase, parsePhrase } from './phrase.ts';
import { loadWords } from './word-list.ts';

function phraseError(code: PhraseError['code'], message: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof PhraseError);
    assert.deepEqual([error.code, error.message], [code, message]);
    return true;
  };
}

test('makePhrase returns six words of the list, in the form that parsePhrase returns', async () => {
  const phrase = await makePhrase();
  assert.equal(phrase.split(' ').length, 6);
  assert.equal(await parsePhrase(phrase), phrase);
  assert.notEqual(await makePhrase(), phrase);
});

test('makePhrase draws every part of the list alike', async () => {
  const { words } = await loadWords();
  const index = new Map(words.map((word, at) => [word, at]));
  const phrases = await Promise.all(Array.from({ length: 4000 }, makePhrase));
  const drawn = phrases.flatMap((phrase) => phrase.split(' '));
  const share = (from: number, to: number): number =>
    drawn.filter((word) => (index.get(word) ?? -1) >= from && (index.get(word) ?? -1) < to).length /
    drawn.length;
  // 24,000 draws of 16 bits modulo 7776 would favour the first 3328 words by nine standard deviations.
  const deviation = Math.sqrt(0.25 / drawn.length);
  for (const [from, to] of [
    [0, 3328],
    [3328, 7776],
    [0, 2592],
    [2592, 5184],
    [5184, 7776],
  ] as const)
    assert.ok(Math.abs(share(from, to) - (to - from) / 7776) < 5.5 * deviation, `${from} to ${to}`);
});

test('parsePhrase accepts any case and any separators, also in the place of a hyphen', async () => {
  const phrase = 'abacus drop-down felt-tip t-shirt yo-yo yoyo';
  assert.equal(await parsePhrase(phrase), phrase);
  assert.equal(await parsePhrase('ABACUS-Drop-Down-felt-tip-T-SHIRT-yo-yo-YoYo'), phrase);
  assert.equal(
    await parsePhrase(' abacus, drop down; felt.tip\n\tt_shirt yo\u2011yo\u00a0yoyo.\r\n'),
    phrase,
  );
});

test('parsePhrase reads six words in random case between random separators', async () => {
  const { words } = await loadWords();
  const separator = fc.string({
    unit: fc.constantFrom(' ', '-', ',', '.', '_', '\n', '\t', '\u2013'),
    minLength: 1,
    maxLength: 4,
  });
  const hyphenated = words.filter((word) => word.includes('-'));
  const typedWord = fc
    .record({
      word: fc.oneof(fc.constantFrom(...words), fc.constantFrom(...hyphenated)),
      upper: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
      inside: separator,
      after: separator,
    })
    .map(({ word, upper, inside, after }) => {
      const letters = Array.from(word, (letter, at) => (upper[at] === true ? letter.toUpperCase() : letter));
      return { word, typed: letters.join('').replace('-', inside) + after };
    });
  await fc.assert(
    fc.asyncProperty(fc.array(typedWord, { minLength: 6, maxLength: 6 }), async (six) => {
      const typed = six.map((one) => one.typed).join('');
      assert.equal(await parsePhrase(typed), six.map((one) => one.word).join(' '));
    }),
  );
});

test('parsePhrase returns six listed words or throws PhraseError, whatever the text', async () => {
  const { words } = await loadWords();
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc
      .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 4 })), { maxLength: 8 })
      .map((w) => w.join(' ')),
  );
  await fc.assert(
    fc.asyncProperty(text, async (typed) => {
      try {
        const six = (await parsePhrase(typed)).split(' ');
        assert.equal(six.length, 6);
        assert.ok(six.every((word) => words.includes(word)));
      } catch (error) {
        assert.ok(error instanceof PhraseError);
        assert.doesNotMatch(error.message, /\p{C}/u);
      }
    }),
  );
});

test('parsePhrase names the position of an unknown word, the word and what is near it', async () => {
  await assert.rejects(
    () => parsePhrase('zoom zoom abacsu zoom zoom zoom'),
    phraseError('unknown-word', 'Cannot read phrase: word 3, "abacsu", is not in the list; near it: abacus'),
  );
  await assert.rejects(
    () => parsePhrase('zoom drop down t shirt qqqqqqqq'),
    phraseError('unknown-word', 'Cannot read phrase: word 4, "qqqqqqqq", is not in the list'),
  );
});

test('parsePhrase says how many words it found', async () => {
  const found = (text: string) => `Cannot read phrase: found ${text}, 6 words expected`;
  await assert.rejects(
    () => parsePhrase(''),
    phraseError('word-count', 'Cannot read phrase: found 0 words, 6 expected'),
  );
  await assert.rejects(
    () => parsePhrase('zoom '.repeat(7)),
    phraseError('word-count', 'Cannot read phrase: found 7 words, 6 expected'),
  );
  await assert.rejects(
    () => parsePhrase(' '.repeat(MAX_PHRASE_TEXT + 1)),
    phraseError('word-count', found('513 characters')),
  );
});
