/**
 * Cuts a command line into words as a shell does, with quotes and backslashes but nothing else. `-D "server -e"` needs it.
 * @throws {SyntaxError} if a quote is not closed.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const part = /\s+|"((?:[^"\\]|\\[^])*)"|'([^']*)'|\\([^])|([^\s"'\\]+)|([^])/g;
  for (const [all, double, single, escaped, plain, wrong] of line.matchAll(part)) {
    if (wrong !== undefined)
      throw new SyntaxError(`unterminated ${wrong === '\\' ? 'escape' : 'quoted argument'}`);
    const text = double?.replace(/\\(["\\])/g, '$1') ?? single ?? escaped ?? plain;
    if (text === undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + text;
    if (all === '') break;
  }
  return word === undefined ? words : [...words, word];
}
