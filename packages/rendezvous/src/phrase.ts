import { randomBytes, wipe } from '@orrery/crypto';
import { nearestWords } from './nearest-words.ts';
import { loadWords, type WordList } from './word-list.ts';

/** Words in a phrase. Each has log2(7776) bits: 77 in all. */
export const PHRASE_WORDS = 6;

/** Longest text that is read as a phrase, in UTF-16 units. Six words have at most 59. */
export const MAX_PHRASE_TEXT = 512;

/** A text is not a phrase. Its message quotes a mistyped word: show it to the person who typed, do not log it. */
export class PhraseError extends Error {
  override readonly name = 'PhraseError';
  readonly code: 'word-count' | 'unknown-word';

  constructor(code: PhraseError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** A new phrase: six words of the list, each equally likely, with single blanks between them. */
export async function makePhrase(): Promise<string> {
  const { words } = await loadWords();
  return Array.from({ length: PHRASE_WORDS }, () => randomWord(words)).join(' ');
}

/**
 * The phrase that a person typed, in its canonical form: as `makePhrase` returns it.
 *
 * Case does not matter. All characters but letters and digits separate words, so a hyphenated word may be typed in
 * two parts.
 *
 * @throws {PhraseError} a word is not in the list, or there are not six
 */
export async function parsePhrase(text: string): Promise<string> {
  if (text.length > MAX_PHRASE_TEXT) {
    throw new PhraseError(
      'word-count',
      `Cannot read phrase: found ${text.length} characters, ${PHRASE_WORDS} words expected`,
    );
  }
  const list = await loadWords();
  const found = joinHyphenated(list, text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  const unknown = found.findIndex((word) => !list.has(word));
  if (unknown >= 0) throw unknownWord(list, unknown + 1, found[unknown] ?? '');
  if (found.length !== PHRASE_WORDS) {
    throw new PhraseError(
      'word-count',
      `Cannot read phrase: found ${found.length} words, ${PHRASE_WORDS} expected`,
    );
  }
  return found.join(' ');
}

/** Joins the parts of a hyphenated word. Unambiguous, because no first part is a word by itself. */
function joinHyphenated(list: WordList, parts: readonly string[]): string[] {
  const found: string[] = [];
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? '';
    const hyphenated = `${part}-${parts[index + 1]}`;
    if (!list.has(hyphenated)) {
      found.push(part);
      continue;
    }
    found.push(hyphenated);
    index++;
  }
  return found;
}

function unknownWord({ words }: WordList, position: number, word: string): PhraseError {
  const nearest = nearestWords(word, words);
  const hint = nearest.length > 0 ? `; near it: ${nearest.join(', ')}` : '';
  return new PhraseError(
    'unknown-word',
    `Cannot read phrase: word ${position}, "${word}", is not in the list${hint}`,
  );
}

function randomWord(words: readonly string[]): string {
  // 16 random bits, drawn again in the incomplete last round, so that no word is likelier than another.
  const end = 0x1_0000 - (0x1_0000 % words.length);
  for (;;) {
    const bytes = randomBytes(2);
    const number = new DataView(bytes.buffer, bytes.byteOffset, 2).getUint16(0);
    wipe(bytes);
    const word = number < end ? words[number % words.length] : undefined;
    if (word !== undefined) return word;
  }
}
