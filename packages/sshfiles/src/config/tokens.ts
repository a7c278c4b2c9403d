/**
 * Text that holds one character (U+0000 to U+00FF) for each byte: a config is bytes, but searching and cutting it
 * is easier as text.
 */
export type ByteString = string;

/** Bytes to text, one character for each byte. */
export function toByteString(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** Text made by `toByteString` back to its bytes. */
export function fromByteString(text: ByteString): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/** An argument after unquoting, and where it stands, quotes included. */
export interface Argument {
  readonly value: ByteString;
  readonly start: number;
  readonly end: number;
}

/** A keyword in lower case, and the offset of what follows it. */
export interface Keyword {
  readonly keyword: ByteString;
  readonly rest: number;
}

/** Where a line ends for OpenSSH: before a NUL, and before trailing blanks, CR, LF and form feeds. */
export function contentEnd(line: ByteString): number {
  const nul = line.indexOf('\0');
  let end = nul === -1 ? line.length : nul;
  while (end > 1 && ' \t\r\n\f'.includes(line.charAt(end - 1))) end -= 1;
  return end;
}

/**
 * The keyword of a line as OpenSSH 9.2 and 10.0 find it (readconf.c, process_config_line_depth): it may stand in
 * double quotes, even in part, and behind blanks, CR or one `=`. undefined: the line has none and is skipped.
 */
export function splitKeyword(content: ByteString): Keyword | undefined {
  let token = nextDelimited(content, 0);
  if (token?.text === '') token = nextDelimited(content, token.next);
  if (token === undefined || token.text === '' || token.text.startsWith('#')) return undefined;
  return { keyword: lowerCase(token.text), rest: skipSpace(content, token.next) };
}

/** Lower-cases ASCII letters only: other bytes have no case in the locales that ssh is used in. */
export function lowerCase(text: ByteString): ByteString {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

interface Token {
  readonly text: ByteString;
  readonly next: number;
}

/** One token up to white space, a quote or `=` (misc.c, strdelim). undefined: a quote that is never closed. */
function nextDelimited(text: ByteString, from: number): Token | undefined {
  const length = text.slice(from).search(/[ \t\r\n"=]/);
  if (length === -1) return { text: text.slice(from), next: text.length };
  const at = from + length;
  if (text.charAt(at) === '"') {
    const close = text.indexOf('"', at + 1);
    if (close === -1) return undefined;
    return { text: text.slice(from, at) + text.slice(at + 1, close), next: skipSpace(text, close + 1) };
  }
  let next = skipSpace(text, at + 1);
  if (text.charAt(at) !== '=' && text.charAt(next) === '=') next = skipSpace(text, next + 1);
  return { text: text.slice(from, at), next };
}

function skipSpace(text: ByteString, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
}

/**
 * Arguments as OpenSSH splits them (misc.c, argv_split): blanks and tabs separate, single and double quotes group,
 * a backslash escapes quotes, itself and, outside quotes, a blank; `#` at the start of an argument begins a comment.
 * undefined: a quote that is never closed.
 */
export function splitArguments(text: ByteString, from: number): Argument[] | undefined {
  const found: Argument[] = [];
  let at = from;
  for (;;) {
    while (isBlank(text.charAt(at))) at += 1;
    if (at >= text.length || text.charAt(at) === '#') return found;
    const argument = readArgument(text, at);
    if (argument === undefined) return undefined;
    found.push(argument);
    at = argument.end;
  }
}

function readArgument(text: ByteString, start: number): Argument | undefined {
  let value = '';
  let quote = '';
  let at = start;
  for (; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\' && isEscaped(text.charAt(at + 1), quote)) {
      at += 1;
      value += text.charAt(at);
    } else if (quote === '' && isBlank(character)) break;
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (quote !== '' && character === quote) quote = '';
    else value += character;
  }
  return quote === '' ? { value, start, end: at } : undefined;
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}

function isEscaped(character: string, quote: string): boolean {
  return ["'", '"', '\\'].includes(character) || (quote === '' && character === ' ');
}
