/** The words of a command line, of which no shell is asked: quotes group, a backslash takes the next character as it is. */
export function splitCommand(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gsu))
    words.push(
      word.replaceAll(
        /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gsu,
        (_, one?: string, double?: string, single?: string) =>
          one ?? single ?? (double ?? '').replaceAll(/\\(["\\])/g, '$1'),
      ),
    );
  return words;
}
