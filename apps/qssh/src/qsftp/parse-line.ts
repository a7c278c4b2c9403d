/** What a line asks for. Words are patterns (glob.ts): what was quoted has backslashes before what would not stand for itself. */
export interface Line {
  readonly command: string;
  readonly words: readonly string[];
  /** The line behind the command as it was written, for a shell. */
  readonly rest: string;
  /** `-` before the command: a failure does not end a batch. */
  readonly mayFail: boolean;
  /** `@` before the command: the line is not repeated. */
  readonly isSilent: boolean;
}

/** Reads a line; undefined for an empty one and for a comment. @throws {SyntaxError} if a quote is not closed. */
export function parseLine(text: string): Line | undefined {
  const [, prefix = '', body = ''] = /^([-@\s]*)([^]*)$/.exec(text.trim()) ?? [];
  const flags = { mayFail: prefix.includes('-'), isSilent: prefix.includes('@') };
  if (body === '' || body.startsWith('#')) return undefined;
  if (body.startsWith('!')) return { command: '!', words: [], rest: body.slice(1).trim(), ...flags };
  const [first = '', ...words] = splitPatterns(body);
  const rest = body.replace(/^\S+\s*/, '');
  return { command: first.toLowerCase(), words, rest, ...flags };
}

const special = new Set(['*', '?', '[', '\\']);

/** Cuts a line into patterns. @throws {SyntaxError} */
export function splitPatterns(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    const next = line.charAt(at + 1);
    if (quote !== '' && character === quote) quote = '';
    else if (character === '\\' && at + 1 < line.length) {
      word = (word ?? '') + escaped(next, quote);
      at += 1;
    } else if (quote !== '') word = (word ?? '') + literal(character);
    else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === '#' && word === undefined) break;
    else word = (word ?? '') + character;
  }
  if (quote !== '') throw new SyntaxError('Unterminated quoted argument');
  return word === undefined ? words : [...words, word];
}

function literal(character: string): string {
  return special.has(character) ? `\\${character}` : character;
}

/** A backslash in quotes stays, unless it stands before the quote or before what has a meaning in a pattern. */
function escaped(next: string, quote: string): string {
  if (quote === '' || next === quote || special.has(next)) return literal(next);
  return `\\\\${next}`;
}
