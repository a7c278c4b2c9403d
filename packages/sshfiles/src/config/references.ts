import { printable } from '../review.ts';
import { type Directive, allLines, parseConfig } from './parse.ts';
import { foldName, folderNames, homeNames, isAbsolute, pathNames } from './paths.ts';
import type { FolderPlace } from './place.ts';
import { patternsMeet } from './patterns.ts';
import { type ByteString, fromByteString, toByteString } from './tokens.ts';

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
  /** What else is read as config: absolute paths, or patterns for them. */
  readonly otherIncludes: string[];
  /** Where else host keys are taken from, likewise. */
  readonly otherKnownHosts: string[];
  /** Whether for some host ssh takes the key of an unknown one, or another one, without a question. */
  readonly acceptsKeys: boolean;
}

/** What the file system knows of paths: one file may have several. */
export interface PathLinks {
  /** The path without symlinks, of an absolute one; itself if there is nothing. */
  readonly realPath: (path: string) => string;
  /** Files of the folder that are symlinks: their names, and the absolute paths that they lead to. */
  readonly targets: ReadonlyMap<string, string>;
}

const noLinks: PathLinks = { realPath: (path) => path, targets: new Map() };

/** The place, with its paths cut into names. */
interface At {
  readonly place: FolderPlace;
  readonly home: ByteString[];
  /** The folder by all its paths; the first is the one that is written. */
  readonly folders: readonly ByteString[][];
  readonly targets: ReadonlyMap<string, ByteString[]>;
  /** The same path without symlinks, as far as it is no pattern. */
  readonly real: (names: readonly ByteString[]) => ByteString[];
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
 * Finds what a config, local or portable, names in the synced folder, and what it reads elsewhere. In doubt a name is
 * given: whether such a file exists is for the caller to see. `base` is where ssh looks for relative Includes: in the
 * folder, but for the system's config.
 *
 * @throws RangeError for more than `maxConfigBytes`.
 */
export function configReferences(
  bytes: Uint8Array,
  place: FolderPlace,
  links = noLinks,
  base = place.folder,
): ConfigReferences {
  const at = locate(place, links);
  const lines = allLines(parseConfig(bytes)).filter((line) => line.kind === 'directive');
  const paths = (keywords: ReadonlySet<string>, from = place.folder): ByteString[][] =>
    lines
      .filter(({ keyword }) => keywords.has(keyword))
      .flatMap((line) => argumentPaths(line, toNames(from, place), at));
  const files = (keywords: ReadonlySet<string>): ByteString[][] =>
    paths(keywords).flatMap((names) => below(names, at));
  const includes = paths(includeKeywords, base);
  const included = includes.flatMap((names) => below(names, at));
  const commands = lines.filter(({ keyword }) => commandKeywords.has(keyword));
  const programs = [...files(programFileKeywords), ...commands.flatMap((line) => commandPaths(line, at))];
  return {
    includes: texts(included.filter((names) => names.length === 1)),
    programs: texts(programs.map((names) => names.slice(0, 1))),
    knownHosts: texts(files(hostKeyKeywords).filter((names) => names.length === 1)),
    revokedKeys: texts(files(revokedKeyKeywords).filter((names) => names.length === 1)),
    folders: texts(included.filter((names) => names.length > 1).map((names) => names.slice(0, -1))),
    otherIncludes: otherPaths(includes, at),
    otherKnownHosts: otherPaths(paths(hostKeyKeywords), at),
    acceptsKeys: lines.some(({ keyword, args }) => keyword === strictChecking && !isStrict(args?.[0]?.value)),
  };
}

const strictChecking = 'stricthostkeychecking';

function isStrict(value = ''): boolean {
  return /^(?:yes|true|ask)$/i.test(value);
}

function locate(place: FolderPlace, { realPath, targets }: PathLinks): At {
  const known = new Map<string, string>();
  const real = (names: readonly ByteString[]): ByteString[] => {
    const pattern = names.findIndex((name) => /[*?]/.test(name));
    const length = pattern === -1 ? names.length : pattern;
    const path = toPath(names.slice(0, length), place);
    if (known.size >= maxRealPaths && !known.has(path)) return [...names];
    return [...toNames(known.getOrInsertComputed(path, realPath), place), ...names.slice(length)];
  };
  const folder = folderNames(place);
  const targetNames = new Map([...targets].map(([name, path]) => [name, toNames(path, place)]));
  return {
    place,
    home: homeNames(place),
    folders: distinct([folder, real(folder)]),
    targets: targetNames,
    real,
  };
}

/** Paths of one config whose symlinks are followed. */
const maxRealPaths = 2000;

function toNames(path: string, place: FolderPlace): ByteString[] {
  return pathNames(toByteString(new TextEncoder().encode(path)), place);
}

function toPath(names: readonly ByteString[], { separator }: FolderPlace): string {
  const path = names.join(separator);
  return new TextDecoder().decode(fromByteString(separator === '/' ? `/${path}` : path));
}

/** The paths that do not plainly lead to a file of the folder. */
function otherPaths(paths: readonly ByteString[][], at: At): string[] {
  const others = paths.filter((names) => {
    const plain = !names.some((name) => /[*?]/.test(name));
    return names.length > 0 && !(plain && below(names, at).some(({ length }) => length === 1));
  });
  return [...new Set(others.map((names) => toPath(names, at.place)))];
}

function distinct(paths: readonly ByteString[][]): ByteString[][] {
  return [...new Map(paths.map((names) => [names.join('/'), names])).values()];
}

function texts(paths: readonly (readonly ByteString[])[]): string[] {
  return [...new Set(paths.map((names) => printable(fromByteString(names.join('/')))))];
}

/** The absolute paths that file arguments name; a relative one is looked for in `base`. */
function argumentPaths({ args }: Directive, base: ByteString[], at: At): ByteString[][] {
  const values = new Set(args?.map(({ value }) => value));
  return [...values].flatMap((value) => absolutePaths(value, [base], at));
}

/** The paths below the folder that the words of a command may mean. */
function commandPaths({ keyword, rest }: Directive, at: At): ByteString[][] {
  if (keyword !== 'match') return wordPaths(commandWords(rest, at), at);
  const commands = rest.split(/exec[\s="']*/i).slice(1);
  return commands.flatMap((command) => wordPaths(commandWords(command, at), at));
}

function wordPaths(words: readonly ByteString[], at: At): ByteString[][] {
  const bases = [at.home, ...at.folders];
  const paths = words
    .filter((word) => /[\\/]/.test(word))
    .flatMap((word) => absolutePaths(word, bases, at))
    .flatMap((names) => below(names, at));
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
  return absolutePaths(word, [at.home], at).some((names) =>
    at.folders.some((folder) => names.length === folder.length && beginsWith(names, folder, at)),
  );
}

/** What follows the folder in a path: the name of a file in it, which a symlink may lead out of it. */
function below(names: readonly ByteString[], at: At): ByteString[][] {
  const inside = at.folders
    .filter((folder) => names.length > folder.length && beginsWith(names, folder, at))
    .map((folder) => names.slice(folder.length));
  const linked = [...at.targets]
    .filter(([, target]) => names.length === target.length && beginsWith(names, target, at))
    .map(([name]) => [toByteString(new TextEncoder().encode(name))]);
  return distinct([...inside, ...linked]);
}

/** Names may be patterns: an Include takes them, and so does the shell. */
function beginsWith(names: readonly ByteString[], start: readonly ByteString[], { place }: At): boolean {
  return start.every((name, index) =>
    patternsMeet(foldName(names[index] ?? '', place), foldName(name, place)),
  );
}

/** The absolute paths that a word may mean, as written and without symlinks; a relative one is looked for in `bases`. */
function absolutePaths(word: ByteString, bases: readonly ByteString[][], at: At): ByteString[][] {
  const paths = writtenPaths(word, bases, at);
  return distinct([...paths, ...paths.map(at.real)]);
}

function writtenPaths(word: ByteString, bases: readonly ByteString[][], at: At): ByteString[][] {
  const { place } = at;
  const path = (place.separator === '/' ? word.replaceAll('\\', '') : word).replace(/^\u0101[0-9a-f]*/, '');
  const home = /^(?:~[^\\/]*|%d|\$\{HOME\}|\$HOME|\u0100)(?=[\\/]|$)/.exec(path);
  const variable = /^(?:\$\{[^{}$]*\}|\$\w+)(?=[\\/]|$)/.exec(path);
  if (home !== null) return [resolve(at.home, path.slice(home[0].length), place)];
  if (variable !== null)
    return [at.home, ...at.folders].map((base) => resolve(base, path.slice(variable[0].length), place));
  return (isAbsolute(path, place) ? [[]] : bases).map((base) => resolve(base, path, place));
}

/** Tokens, variables and expressions in brackets and braces may stand for anything. */
function resolve(base: readonly ByteString[], path: ByteString, place: FolderPlace): ByteString[] {
  const pattern = path
    .replaceAll(/%%|%./g, (token) => (token === '%%' ? '%' : '*'))
    .replaceAll(/\$\{[^{}$]*\}|\$\w+/g, '*')
    .split('/')
    .map((name) => withoutBrackets(withoutBrackets(name, '[', ']'), '{', '}'))
    .join('/');
  return pathNames([...base, pattern].join('/'), place);
}

/** Such expressions nest and have exceptions: everything from the first to the last bracket counts as any text. */
function withoutBrackets(name: ByteString, open: string, close: string): ByteString {
  const [first, last] = [name.indexOf(open), name.lastIndexOf(close)];
  return first === -1 || last < first ? name : `${name.slice(0, first)}*${name.slice(last + 1)}`;
}
