import { printable } from '../review.ts';
import { type Directive, allLines, parseConfig } from './parse.ts';
import { foldName, folderNames, homeNames, isAbsolute, pathNames } from './paths.ts';
import type { FolderPlace } from './place.ts';
import { patternsMeet } from './patterns.ts';
import { type ByteString, fromByteString } from './tokens.ts';

/** What in the synced folder a config gives a meaning to: file names, or patterns of `*` and `?` for them. */
export interface ConfigReferences {
  /** Files that are read as config. */
  readonly includes: string[];
  /** Files that commands name: programs and their arguments, and libraries. */
  readonly programs: string[];
  /** Files that host keys are taken from. */
  readonly knownHosts: string[];
  /** Files of host keys that ssh must refuse. */
  readonly revokedKeys: string[];
  /** Subfolders that an Include points into. */
  readonly folders: string[];
}

/** The place, with its paths cut into names. */
interface At {
  readonly place: FolderPlace;
  readonly home: ByteString[];
  readonly folder: ByteString[];
}

const includeKeywords: ReadonlySet<string> = new Set(['include']);
const hostKeyKeywords: ReadonlySet<string> = new Set(['globalknownhostsfile', 'userknownhostsfile']);
const revokedKeyKeywords: ReadonlySet<string> = new Set(['revokedhostkeys']);
const programFileKeywords: ReadonlySet<string> = new Set([
  'pkcs11provider',
  'securitykeyprovider',
  'smartcarddevice',
  'xauthlocation',
]);
const commandKeywords: ReadonlySet<string> = new Set([
  'knownhostscommand',
  'localcommand',
  'match',
  'proxycommand',
]);

/**
 * Finds what a config, local or portable, names in the synced folder. In doubt a name is given: whether such a file
 * exists is for the caller to see.
 *
 * @throws RangeError for more than `maxConfigBytes`.
 */
export function configReferences(bytes: Uint8Array, place: FolderPlace): ConfigReferences {
  const at = { place, home: homeNames(place), folder: folderNames(place) };
  const lines = allLines(parseConfig(bytes)).filter((line) => line.kind === 'directive');
  const files = (keywords: ReadonlySet<string>): ByteString[][] =>
    lines.filter(({ keyword }) => keywords.has(keyword)).flatMap((line) => argumentPaths(line, at));
  const included = files(includeKeywords);
  const commands = lines.filter(({ keyword }) => commandKeywords.has(keyword));
  const programs = [...files(programFileKeywords), ...commands.flatMap((line) => commandPaths(line, at))];
  return {
    includes: texts(included.filter((names) => names.length === 1)),
    programs: texts(programs.map((names) => names.slice(0, 1))),
    knownHosts: texts(files(hostKeyKeywords).filter((names) => names.length === 1)),
    revokedKeys: texts(files(revokedKeyKeywords).filter((names) => names.length === 1)),
    folders: texts(included.filter((names) => names.length > 1).map((names) => names.slice(0, -1))),
  };
}

function texts(paths: readonly (readonly ByteString[])[]): string[] {
  return [...new Set(paths.map((names) => printable(fromByteString(names.join('/')))))];
}

/** The paths below the folder that file arguments name; a relative one is looked for in the folder. */
function argumentPaths({ args }: Directive, at: At): ByteString[][] {
  return (args ?? []).flatMap(({ value }) => below(value, [at.folder], at));
}

/** The paths below the folder that the words of a command may mean. */
function commandPaths({ keyword, rest }: Directive, at: At): ByteString[][] {
  if (keyword !== 'match') return wordPaths(commandWords(rest, at), at);
  const commands = rest.split(/exec[\s="']*/i).slice(1);
  return commands.flatMap((command) => wordPaths(commandWords(command, at), at));
}

function wordPaths(words: readonly ByteString[], at: At): ByteString[][] {
  const bases = [at.home, at.folder];
  const paths = words.filter((word) => /[\\/]/.test(word)).flatMap((word) => below(word, bases, at));
  // A bare name is looked up in PATH, or in the folder after `cd` or with PATH set to it.
  const inFolder = words.some((word) => isFolder(word, at));
  const bare = (inFolder ? words : words.slice(0, 1)).filter((word) => /^[^-%$~/\\][^/\\]*$/.test(word));
  return [...paths, ...bare.map((word) => [word])];
}

/** Every reading of a command: words split by the shell's rules, and again with all quotes taken for separators. */
function commandWords(command: ByteString, { place }: At): ByteString[] {
  const unescape = (text: ByteString): ByteString =>
    place.separator === '/' ? text.replaceAll('\\', '') : text;
  const grouped = command.match(/(?:"[^"]*"|'[^']*'|[^\s"'|&;<>()`])+/g) ?? [];
  const shell = grouped.map((word) => unescape(word).replaceAll(/["']/g, ''));
  const split = [unescape(command), unescape(command).replaceAll(/["']/g, '')].flatMap((text) =>
    text.split(/[\s"'|&;<>()`]+/),
  );
  const words = [...shell, ...split].flatMap((word) => [word, ...word.split(/[=:,]/)]);
  return [...new Set(words.filter((word) => word !== ''))];
}

function isFolder(word: ByteString, at: At): boolean {
  if (/^%[^d]$/.test(word)) return false;
  return absolutePaths(word, [at.home], at).some(
    (names) => names.length === at.folder.length && isBelow(names, at),
  );
}

/** What follows the folder in the paths that a word may mean. */
function below(word: ByteString, bases: readonly ByteString[][], at: At): ByteString[][] {
  return absolutePaths(word, bases, at)
    .filter((names) => names.length > at.folder.length && isBelow(names, at))
    .map((names) => names.slice(at.folder.length));
}

/** Names may be patterns: an Include takes them, and so does the shell. */
function isBelow(names: readonly ByteString[], { folder, place }: At): boolean {
  return folder.every((name, index) =>
    patternsMeet(foldName(names[index] ?? '', place), foldName(name, place)),
  );
}

/** The absolute paths that a word may mean, if a relative one is looked for in each of `bases`. */
function absolutePaths(word: ByteString, bases: readonly ByteString[][], at: At): ByteString[][] {
  const { place } = at;
  const path = (place.separator === '/' ? word.replaceAll('\\', '') : word).replace(/^\u0101[0-9a-f]*/, '');
  const home = /^(?:~[^\\/]*|%d|\$\{HOME\}|\$HOME|\u0100)(?=[\\/]|$)/.exec(path);
  const variable = /^(?:\$\{[^{}$]*\}|\$\w+)(?=[\\/]|$)/.exec(path);
  if (home !== null) return [resolve(at.home, path.slice(home[0].length), place)];
  if (variable !== null)
    return [at.home, at.folder].map((base) => resolve(base, path.slice(variable[0].length), place));
  return (isAbsolute(path, place) ? [[]] : bases).map((base) => resolve(base, path, place));
}

/** Tokens, variables and bracket expressions may stand for anything. */
function resolve(base: readonly ByteString[], path: ByteString, place: FolderPlace): ByteString[] {
  const pattern = path
    .replaceAll(/%%|%./g, (token) => (token === '%%' ? '%' : '*'))
    .replaceAll(/\$\{[^{}$]*\}|\$\w+/g, '*')
    .replaceAll(/\[[^[\]]*\]/g, '?');
  return pathNames([...base, pattern].join('/'), place);
}
