// sshd_config(5): the file as items whose values are read and checked.
import { parseConfig } from '@orrery/sshfiles';
import { ValueError } from '../config/value-error.ts';
import { aliases, verdictOnAbsent } from './absent.ts';
import { directiveKeys, directives, type DirectiveKey } from './directives.ts';
import type { Written } from './directive.ts';
import { parseMatch, type Criterion } from './match.ts';

/** Include in files of Include. */
const MAX_DEPTH = 16;

/** A part of the configuration, in the order of the file. */
export type Item =
  | {
      readonly kind: 'setting';
      readonly key: DirectiveKey;
      readonly written: Written;
      readonly where: string;
    }
  | { readonly kind: 'match'; readonly criteria: readonly Criterion[] }
  | { readonly kind: 'include'; readonly files: readonly (readonly Item[])[] };

export interface SshdConfig {
  readonly items: readonly Item[];
  /** What is not served, and was asked for. */
  readonly warnings: readonly string[];
}

/** A configuration that cannot be used; `problems` are lines for people. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Cannot use the configuration: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

export interface ConfigFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The files that a pattern of an Include line names, sorted; patterns that are not absolute begin in /etc/ssh. */
export type FindFiles = (pattern: string) => readonly ConfigFile[];

const keys: ReadonlyMap<string, DirectiveKey> = new Map(directiveKeys.map((key) => [key.toLowerCase(), key]));

/**
 * Reads a configuration and the files that it includes.
 * @param options Lines of the command line (`-o`), which go before the file.
 * @throws {ConfigError} naming every line that cannot be used.
 */
export function parseSshdConfig(
  file: ConfigFile,
  options: readonly string[],
  findFiles: FindFiles,
): SshdConfig {
  const reading = new Reading(findFiles);
  const first = options.flatMap((text) =>
    reading.read({ name: 'command-line', bytes: new TextEncoder().encode(text) }, 0, false),
  );
  const items = [...first, ...reading.read(file, 0, false)];
  if (reading.problems.length > 0) throw new ConfigError(reading.problems);
  return { items, warnings: [...reading.warnings, ...reading.passwordWarnings()] };
}

class Reading {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly #passwordWarnings: string[] = [];
  #hasPasswords = false;
  readonly #findFiles: FindFiles;
  /** Names of the section that is read. */
  #subsystems = new Set<string>();

  constructor(findFiles: FindFiles) {
    this.#findFiles = findFiles;
  }

  /** What was asked for that takes a file of passwords, if there is none. */
  passwordWarnings(): readonly string[] {
    return this.#hasPasswords ? [] : this.#passwordWarnings;
  }

  /** @param isMatching Whether the file is included behind a Match line. */
  read({ name, bytes }: ConfigFile, depth: number, isMatching: boolean): Item[] {
    const items: Item[] = [];
    let isBehindMatch = isMatching;
    let number = 0;
    for (const { head, lines } of parseConfig(bytes).blocks) {
      for (const line of head === undefined ? lines : [head, ...lines]) {
        number += 1;
        if (line.kind !== 'directive') continue;
        const where = `${name} line ${number}`;
        const words = line.args?.map(({ value }) => textOf(value));
        if (words === undefined) {
          this.problems.push(`${where}: invalid quotes`);
          continue;
        }
        const written = { words, rest: textOf(line.rest) };
        const item = this.#item(line.keyword, written, where, depth, isBehindMatch);
        if (item?.kind === 'match') isBehindMatch = true;
        if (item !== undefined) items.push(item);
      }
    }
    return items;
  }

  #item(
    keyword: string,
    written: Written,
    where: string,
    depth: number,
    isBehindMatch: boolean,
  ): Item | undefined {
    try {
      const name = aliases.get(keyword) ?? keyword;
      if (name === 'match') return this.#match(written.words);
      if (name === 'include') return this.#include(written.words, depth, isBehindMatch);
      const key = keys.get(name);
      if (key === undefined) return this.#judgeAbsent(name, written, where);
      if (written.words.length === 0) throw new ValueError(`no argument after keyword "${keyword}"`);
      if (isBehindMatch && directives[key].isGlobal)
        throw new ValueError(`Directive '${keyword}' is not allowed within a Match block`);
      directives[key].read(written, undefined);
      if (key === 'subsystem') this.#demandNew(written.words[0] ?? '');
      if (key === 'passwordFile') this.#hasPasswords = true;
      if (needsPasswords(key) && directives[key].read(written, undefined))
        this.#passwordWarnings.push(
          `${where}: "${keyword} ${written.words.join(' ')}" has no effect without PasswordFile: everybody logs in by key`,
        );
      if (key === 'usePAM' && directives[key].read(written, undefined))
        this.#warn(where, keyword, written, ': there is no PAM');
      return { kind: 'setting', key, written, where };
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      this.problems.push(`${where}: ${error.message}`);
      return undefined;
    }
  }

  #match(words: readonly string[]): Item {
    this.#subsystems = new Set();
    return { kind: 'match', criteria: parseMatch(words) };
  }

  #demandNew(subsystem: string): void {
    if (this.#subsystems.has(subsystem)) throw new ValueError(`Subsystem '${subsystem}' already defined.`);
    this.#subsystems.add(subsystem);
  }

  #include(patterns: readonly string[], depth: number, isMatching: boolean): Item {
    if (patterns.length === 0) throw new ValueError('Include missing filename argument');
    if (depth >= MAX_DEPTH) throw new ValueError('Too many recursive configuration includes');
    const files = patterns.flatMap((pattern) => this.#findFiles(pattern));
    return { kind: 'include', files: files.map((file) => this.read(file, depth + 1, isMatching)) };
  }

  #judgeAbsent(keyword: string, written: Written, where: string): undefined {
    const { words } = written;
    const verdict = verdictOnAbsent(keyword, words);
    if (verdict === undefined) throw new ValueError(`Bad configuration option: ${keyword}`);
    if (words.length === 0) throw new ValueError(`no argument after keyword "${keyword}"`);
    if (verdict === 'refuse') throw new ValueError(`Unsupported configuration option: ${keyword}`);
    if (verdict === 'warn') this.#warn(where, keyword, written);
  }

  #warn(where: string, keyword: string, { words }: Written, meaning = ''): void {
    this.warnings.push(
      `${where}: "${keyword} ${words.join(' ')}" is not supported and has no effect${meaning}`,
    );
  }
}

function needsPasswords(key: DirectiveKey): key is 'passwordAuthentication' | 'kbdInteractiveAuthentication' {
  return key === 'passwordAuthentication' || key === 'kbdInteractiveAuthentication';
}

/** One character for each byte, as text. */
function textOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
