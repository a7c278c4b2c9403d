// Which lines of a config count: Host, Match and Include (ssh_config(5)).
import { type Directive, type SshConfig, matchesPattern, parseConfig } from '@orrery/sshfiles';
import { readConfigFile } from './config-file.ts';
import { includedFiles } from './include.ts';
import { isJump } from './jump.ts';
import { type MatchSubject, matches } from './match.ts';
import { type TableContext, formerOptions, optionAliases, optionTable } from './option-table.ts';
import { matchesList } from './patterns.ts';
import { ValueError } from './value-error.ts';

/** How deep files may include each other. */
const MAX_DEPTH = 16;
/** Values that one option may collect. */
const MAX_COLLECTED = 100;

/** Where lines come from. */
export interface ConfigSource {
  readonly name: string;
  /** Where Include begins. */
  readonly folder: string;
  readonly isUser: boolean;
  readonly demandPrivate: boolean;
}

export interface ConfigReader extends MatchSubject, TableContext {
  readonly home: string;
  /** Lines that mean nothing, which are told but not fatal. */
  remark(text: string): void;
}

/** Lines that cannot be read, one problem a line of the message. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The state of reading one file: whether lines count now, and what was wrong so far. */
interface Progress {
  active: boolean;
  readonly never: boolean;
  readonly depth: number;
  readonly problems: string[];
}

/** Reads a file; false if there is none. @throws {ConfigError} */
export function readConfig(source: ConfigSource, reader: ConfigReader): boolean {
  const problems: string[] = [];
  const found = readFile(source, reader, { active: true, never: false, depth: 0, problems });
  if (problems.length > 0) {
    const count = `${problems.length} bad configuration option${problems.length === 1 ? '' : 's'}`;
    throw new ConfigError(`${problems.join('\n')}\n${source.name}: terminating, ${count}`);
  }
  return found;
}

/** One option of the command line: as after `-o` (`Port=22` or `Port 22`), or a value that needs no quotes. */
export type OptionSetting = { readonly text: string } | { readonly keyword: string; readonly value: string };

/** @throws {ConfigError} */
export function readOption(option: OptionSetting, reader: ConfigReader): void {
  const progress = { active: true, never: false, depth: 0, problems: [] };
  const place = 'command-line line 0';
  if ('keyword' in option) {
    const words = /^(?:local|remote)forward$/.test(option.keyword) ? [option.value, ''] : [option.value];
    attempt(place, progress, () => applyWords(option.keyword, words, option.value, reader, true));
  } else readText(option.text, reader, progress);
  if (progress.problems.length > 0) throw new ConfigError(progress.problems.join('\n'));
}

function readText(text: string, reader: ConfigReader, progress: Progress): void {
  const source = { name: 'command-line', folder: reader.home, isUser: true, demandPrivate: false };
  const directive = directivesOf(parseConfig(new TextEncoder().encode(text)))[0]?.directive;
  if (directive === undefined) return;
  if (directive.keyword === 'host' || directive.keyword === 'match')
    throw new ConfigError('Host directive not supported as a command-line option');
  readDirective(directive, 0, source, reader, progress);
}

function readFile(source: ConfigSource, reader: ConfigReader, progress: Progress): boolean {
  if (progress.depth > MAX_DEPTH)
    throw new ConfigError(`${source.name}: Too many recursive configuration includes`);
  const bytes = readConfigFile(source.name, source.demandPrivate);
  if (bytes === undefined) return false;
  for (const { directive, number } of directivesOf(parseConfig(bytes)))
    readDirective(directive, number, source, reader, progress);
  return true;
}

/** All directives with the numbers of their lines. */
function directivesOf({ blocks }: SshConfig): { directive: Directive; number: number }[] {
  const lines = blocks.flatMap(({ head, lines: body }) => (head === undefined ? body : [head, ...body]));
  return lines.flatMap((line, index) =>
    line.kind === 'directive' ? [{ directive: line, number: index + 1 }] : [],
  );
}

function readDirective(
  directive: Directive,
  number: number,
  source: ConfigSource,
  reader: ConfigReader,
  progress: Progress,
): void {
  const keyword = optionAliases[directive.keyword] ?? directive.keyword;
  const place = `${source.name} line ${number}`;
  attempt(place, progress, () => {
    if (directive.rest === '') throw new ValueError(`no argument after keyword "${keyword}"`);
    if (keyword === 'host') progress.active = !progress.never && hostApplies(wordsOf(directive), reader.host);
    else if (keyword === 'match') {
      const applies = matches(utf8Of(directive.rest), reader);
      progress.active = !progress.never && applies;
    } else if (keyword === 'include') include(wordsOf(directive), source, reader, progress);
    else if (optionTable.has(keyword)) apply(keyword, directive, reader, progress.active);
    else passOver(keyword, place, reader);
  });
}

/** Notes what is wrong with a line and goes on: people want to hear of all problems at once. */
function attempt(place: string, { problems }: Progress, action: () => void): void {
  try {
    action();
  } catch (cause) {
    if (!(cause instanceof ValueError)) throw cause;
    problems.push(`${place}: ${cause.message}`);
  }
}

/** A Host line: one pattern matches, and none behind `!`. */
function hostApplies(words: readonly string[], host: string): boolean {
  if (words.includes('')) throw new ValueError('keyword host empty argument');
  const isMatch = (pattern: string): boolean => matchesPattern(host, pattern);
  if (words.some((word) => word.startsWith('!') && isMatch(word.slice(1)))) return false;
  return words.some((word) => !word.startsWith('!') && isMatch(word));
}

/** What an included file says about blocks ends with it. */
function include(
  words: readonly string[],
  source: ConfigSource,
  reader: ConfigReader,
  progress: Progress,
): void {
  for (const path of words.flatMap((word) => includedFiles(word, { ...source, home: reader.home }))) {
    const inner = { ...progress, never: !progress.active, depth: progress.depth + 1 };
    readFile({ ...source, name: path, demandPrivate: true }, reader, inner);
  }
}

function apply(keyword: string, directive: Directive, reader: ConfigReader, active: boolean): void {
  const isLine = optionTable.get(keyword)?.shape === 'line';
  applyWords(keyword, isLine ? [] : wordsOf(directive), utf8Of(directive.rest), reader, active);
}

function applyWords(
  keyword: string,
  words: readonly string[],
  line: string,
  { settings, spoken }: ConfigReader,
  active: boolean,
): void {
  const rule = optionTable.get(keyword);
  if (rule === undefined) return;
  if (rule.shape === 'line') {
    const text = line.replace(/^[\s=]+/, '');
    rule.check?.(text);
    if (active && !isSettledOtherwise(keyword, settings)) settings.offer(keyword, [text]);
    return;
  }
  if (words.length > rule.count) throw new ValueError(`keyword ${keyword} extra arguments at end of line`);
  const values = rule.read(words, { spoken });
  if (!active) return;
  if (keyword === 'rekeylimit') return offerRekeyLimit(settings, values);
  if (!rule.adds) return settings.offer(keyword, values);
  if (keyword === 'sendenv') return sendNames(settings, values);
  settings.add(keyword, values);
  if (settings.all(keyword).length > MAX_COLLECTED)
    throw new ValueError(`Too many ${keyword} entries: at most ${MAX_COLLECTED}`);
}

/** Bytes and seconds count each for itself: a limit without a time leaves room for the time of another one. */
function offerRekeyLimit(
  settings: ConfigReader['settings'],
  [bytes = '', ...seconds]: readonly string[],
): void {
  const [firstBytes = bytes, ...firstSeconds] = settings.all('rekeylimit');
  settings.replace('rekeylimit', [firstBytes, ...(firstSeconds.length > 0 ? firstSeconds : seconds)]);
}

/** ProxyCommand and ProxyJump exclude each other: the first one counts, but no jump leaves room for a command. */
function isSettledOtherwise(keyword: string, settings: ConfigReader['settings']): boolean {
  if (keyword === 'proxycommand') return isJump(settings.get('proxyjump'));
  return keyword === 'proxyjump' && settings.has('proxycommand');
}

/** `-PATTERN` takes names back. */
function sendNames(settings: ConfigReader['settings'], names: readonly string[]): void {
  for (const name of names) {
    const known = settings.all('sendenv');
    const pattern = name.slice(1);
    if (!name.startsWith('-')) settings.add('sendenv', [name]);
    else
      settings.replace(
        'sendenv',
        known.filter((one) => !matchesPattern(one, pattern)),
      );
  }
}

function passOver(keyword: string, place: string, reader: ConfigReader): void {
  if (matchesList(keyword, (reader.settings.get('ignoreunknown') ?? '').toLowerCase()))
    return reader.remark(`${place}: Ignored unknown option "${keyword}"`);
  if (formerOptions.includes(keyword)) return reader.remark(`${place}: Deprecated option "${keyword}"`);
  throw new ValueError(`Bad configuration option: ${keyword}`);
}

function wordsOf({ args }: Directive): readonly string[] {
  if (args === undefined) throw new ValueError('invalid quotes');
  return args.map(({ value }) => utf8Of(value));
}

/** The parser keeps one character for each byte. */
function utf8Of(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
