import { printable } from '../review.ts';
import { homeMark, spellingMark, writeHomeMarks } from './home-mark.ts';
import { type ConfigLine, allLines, parseConfig } from './parse.ts';
import { isAbsolute } from './paths.ts';
import { type Place, fileKeywords } from './place.ts';
import { type Argument, type ByteString, fromByteString, lowerCase, toByteString } from './tokens.ts';

/** A config that suits every machine, and the absolute paths in it that do not. */
export interface PortableConfig {
  readonly bytes: Uint8Array;
  /** Absolute paths that stay as written, made printable, each once. */
  readonly outside: string[];
}

/**
 * Stores file arguments under the home directory relative to it: NUL `home` NUL, then the rest with `/`. Commands,
 * comments, quotes and the `~`, `%d` and `${HOME}` forms stay exactly as written.
 *
 * `fromPortable` undoes it for the same place. A local file is unchanged if it equals what `fromPortable` makes from
 * the stored bytes: compare that, since several spellings have the same meaning.
 *
 * @throws SyntaxError for a NUL, which no config that ssh can read contains; RangeError for more than
 *   `maxConfigBytes`, and for a home that is not an absolute path.
 */
export function toPortable(bytes: Uint8Array, place: Place): PortableConfig {
  refuseNul(toByteString(bytes), 'Cannot make ssh_config portable');
  const home = homeText(place);
  const outside = new Set<string>();
  const text = mapFileArguments(bytes, (raw, argument) => {
    const portable = isPlain(home, place) ? portableArgument(raw, argument, home, place) : undefined;
    if (portable === undefined && isAbsolute(argument.value, place)) {
      outside.add(printable(fromByteString(argument.value)));
    }
    return portable ?? raw;
  });
  return { bytes: fromByteString(writeHomeMarks(text)), outside: [...outside] };
}

/**
 * Writes a stored config for one machine: paths below home get its home directory and separator.
 *
 * @throws SyntaxError for a NUL anywhere but in front of a file argument; RangeError for more than `maxConfigBytes`,
 *   for a home that is not an absolute path, or one that ssh_config cannot express.
 */
export function fromPortable(bytes: Uint8Array, place: Place): Uint8Array {
  const home = homeText(place);
  const text = mapFileArguments(bytes, (raw) => {
    const found = /^("?)(?:\u0101([0-9a-f]*))?\u0100(.*?)("?)$/s.exec(raw);
    if (found === null) return raw;
    if (!isPlain(home, place)) {
      throw new RangeError(
        `Cannot write ssh_config for home "${place.home}": ssh cannot read that path there`,
      );
    }
    const [, open = '', spelling = '', rest = '', close = ''] = found;
    return localArgument({ open, spelling, rest, close }, home, place);
  });
  refuseNul(writeHomeMarks(text), 'Cannot write portable ssh_config for this machine');
  return fromByteString(text);
}

function refuseNul(text: ByteString, action: string): void {
  const offset = text.indexOf('\0');
  if (offset === -1) return;
  const line = text.slice(0, offset).split('\n').length;
  throw new SyntaxError(`${action}: found NUL in line ${line}, expected none`);
}

function mapFileArguments(
  bytes: Uint8Array,
  change: (raw: ByteString, argument: Argument) => ByteString,
): ByteString {
  return allLines(parseConfig(bytes))
    .map((line) => mapLine(line, change))
    .join('');
}

function mapLine(line: ConfigLine, change: (raw: ByteString, argument: Argument) => ByteString): ByteString {
  if (line.kind !== 'directive' || !fileKeywords.has(line.keyword)) return line.source;
  let text = '';
  let copied = 0;
  for (const argument of line.args ?? []) {
    text += line.source.slice(copied, argument.start);
    text += change(line.source.slice(argument.start, argument.end), argument);
    copied = argument.end;
  }
  return text + line.source.slice(copied);
}

/** The home directory without separators at its end: '' for a POSIX root. */
function homeText(place: Place): ByteString {
  const home = toByteString(new TextEncoder().encode(place.home));
  if (!isAbsolute(home, place))
    throw new RangeError(`Cannot use home "${place.home}": expected an absolute path`);
  return place.separator === '/' ? home.replace(/\/+$/, '') : home.replaceAll('/', '\\').replace(/\\+$/, '');
}

/** Whether the home can stand in an argument, in double quotes at need, and mean itself: no escapes, no tokens. */
function isPlain(home: ByteString, place: Place): boolean {
  if (/[\0-\u001f"%$*?[\]{}]/.test(home)) return false;
  return place.separator === '/' ? !home.includes('\\') : !/\\[\\']/.test(home);
}

function needsQuotes(home: ByteString): boolean {
  return /[ ']/.test(home);
}

/** Without quotes ssh reads this text as it stands. */
function isBare(text: ByteString): boolean {
  return !/[\0- "'\\]/.test(text);
}

/** Everything is below a root: there only the synced folder counts. */
function isBelow(home: ByteString, rest: ByteString): boolean {
  return /^(?:[A-Za-z]:)?$/.test(home) ? /^\/\.ssh(?:\/|$)/.test(rest) : /^(?:\/|$)/.test(rest);
}

function portableArgument(
  raw: ByteString,
  argument: Argument,
  home: ByteString,
  place: Place,
): ByteString | undefined {
  const quote = raw.startsWith('"') ? '"' : '';
  if (quote === '' && needsQuotes(home)) return undefined;
  const closed = quote !== '' && raw.indexOf('"', 1) === raw.length - 1;
  const inner = raw.slice(quote.length, closed ? -1 : undefined);
  const found = place.separator === '/' ? posixRest(inner, home) : windowsRest(inner, argument.value, home);
  if (found === undefined || !isBelow(home, found.rest)) return undefined;
  const marked = found.spelling + homeMark + found.rest;
  // Where the home itself needs quotes, fromPortable adds them.
  if (closed && needsQuotes(home) && isBare(found.rest)) return marked;
  return quote + marked + (closed ? quote : '');
}

interface Found {
  readonly rest: ByteString;
  readonly spelling: ByteString;
}

function posixRest(inner: ByteString, home: ByteString): Found | undefined {
  return inner.startsWith(home) ? { rest: inner.slice(home.length), spelling: '' } : undefined;
}

/** Windows compares without case and takes both separators: another spelling than `fromPortable` writes is kept. */
function windowsRest(inner: ByteString, value: ByteString, home: ByteString): Found | undefined {
  const path = inner.replaceAll('/', '\\');
  if (inner !== value || !lowerCase(path).startsWith(lowerCase(home))) return undefined;
  const rest = path.slice(home.length).replaceAll('\\', '/');
  const usual = inner === home + windowsPath(rest);
  return { rest, spelling: usual ? '' : spellingMark + fromByteString(inner).toHex() };
}

/** With backslashes, except where these would escape a quote. */
function windowsPath(rest: ByteString): ByteString {
  return /["'\\]/.test(rest) ? rest : rest.replaceAll(/\/(?!$)/g, '\\');
}

interface Marked {
  readonly open: string;
  readonly spelling: string;
  readonly rest: ByteString;
  readonly close: string;
}

function localArgument(marked: Marked, home: ByteString, place: Place): ByteString {
  const { open, rest, close } = marked;
  const path = spelled(marked, home, place) ?? home + (place.separator === '/' ? rest : windowsPath(rest));
  if (path + close === '') return place.separator;
  if (open !== '' || !needsQuotes(home)) return open + path + close;
  return isBare(rest + close) ? `"${path}"` : `"${home}"${path.slice(home.length)}${close}`;
}

/** The spelling that the path was stored with, if it names the same file here. */
function spelled({ spelling, rest }: Marked, home: ByteString, place: Place): ByteString | undefined {
  if (spelling === '' || place.separator === '/') return undefined;
  const path = toByteString(Uint8Array.fromHex(spelling));
  return windowsRest(path, path, home)?.rest === rest ? path : undefined;
}
