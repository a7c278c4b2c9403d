// What a directive of sshd_config(5) is, and the kinds of values that there are.
import { resolve } from 'node:path';
import { anyWord, parseTime } from '../config/values.ts';
import { ValueError } from '../config/value-error.ts';

/** What stands behind a keyword. */
export interface Written {
  readonly words: readonly string[];
  /** As it stands, quotes and all. */
  readonly rest: string;
}

export interface Directive<T> {
  /** Without it in the file. */
  readonly fallback: T;
  /** Not allowed behind Match. */
  readonly isGlobal: boolean;
  /** Whether each line adds to the lines before; otherwise the first counts. */
  readonly accumulates: boolean;
  /** @throws {ValueError} */
  read(written: Written, before: T | undefined): T;
  /** What `-T` prints behind the name, a line each. */
  print(value: T): readonly string[];
}

interface Place {
  readonly isGlobal?: boolean;
}

/** A directive of one word. */
export function word<T>(fallback: T, read: (word: string) => T, print: (value: T) => string): Directive<T> {
  return {
    fallback,
    isGlobal: false,
    accumulates: false,
    read: (written) => read(oneWord(written)),
    print: (value) => [print(value)],
  };
}

/** The same directive, refused behind Match. */
export function inGlobal<T>(directive: Directive<T>): Directive<T> {
  return { ...directive, isGlobal: true };
}

/** One of some texts, kept in the form of the values. */
export function choiceOf<const T extends string>(
  fallback: T,
  names: Readonly<Record<string, T>>,
): Directive<T> {
  return word<T>(
    fallback,
    (text) => {
      const key = text.toLowerCase();
      const value = Object.hasOwn(names, key) ? names[key] : undefined;
      if (value === undefined) throw new ValueError(`unsupported option "${text}".`);
      return value;
    },
    (value) => value,
  );
}

export function flag(fallback: boolean): Directive<boolean> {
  const names: Readonly<Record<string, boolean>> = { yes: true, true: true, no: false, false: false };
  return word(
    fallback,
    (text) => {
      const value = Object.hasOwn(names, text.toLowerCase()) ? names[text.toLowerCase()] : undefined;
      if (value === undefined) throw new ValueError(`unsupported option "${text}".`);
      return value;
    },
    (value) => (value ? 'yes' : 'no'),
  );
}

export function integer(fallback: number): Directive<number> {
  return word(
    fallback,
    (text) => {
      if (!/^\d{1,9}$/.test(text)) throw new ValueError('integer value invalid.');
      return Number(text);
    },
    String,
  );
}

export function seconds(fallback: number): Directive<number> {
  return word(
    fallback,
    (text) => {
      const value = parseTime(text);
      if (value === undefined) throw new ValueError('invalid time value.');
      return value;
    },
    String,
  );
}

/** A word, of which "none" means that there is nothing. */
export function optionalWord(fallback?: string): Directive<string | undefined> {
  return word<string | undefined>(
    fallback,
    (text) => (text.toLowerCase() === 'none' ? undefined : anyWord(text)),
    (value) => value ?? 'none',
  );
}

/** A file, named from the root or from where the server starts; "none" means that there is none. */
export function optionalPath(): Directive<string | undefined> {
  const directive = optionalWord();
  return {
    ...directive,
    read: (written) => {
      const path = directive.read(written, undefined);
      return path === undefined ? undefined : resolve(path);
    },
  };
}

/** The rest of the line as it stands, of which "none" means that there is nothing. */
export function line(check: (text: string) => void = () => undefined): Directive<string | undefined> {
  return {
    fallback: undefined,
    isGlobal: false,
    accumulates: false,
    read: ({ words: found, rest }) => {
      if (found.length === 0) throw new ValueError('missing argument.');
      if (rest.toLowerCase() === 'none') return undefined;
      check(rest);
      return rest;
    },
    print: (value) => [value ?? 'none'],
  };
}

/** Words on any number of lines, each printed on its own. */
export function wordList(
  read: (word: string) => string = anyWord,
  { isGlobal = false }: Place = {},
): Directive<readonly string[]> {
  return {
    fallback: [],
    isGlobal,
    accumulates: true,
    read: ({ words: found }, before = []) => [...before, ...found.map(read)],
    print: (values) => values,
  };
}

/** A word in each of any number of lines, none of them behind Match. */
export function oneOnEachLine(read: (word: string) => string): Directive<readonly string[]> {
  return {
    fallback: [],
    isGlobal: true,
    accumulates: true,
    read: (written, before = []) => [...before, read(oneWord(written))],
    print: (values) => values,
  };
}

/** Words on one line: the first line counts. */
export function words(
  fallback: readonly string[],
  read: (words: readonly string[]) => readonly string[],
  empty = 'none',
): Directive<readonly string[]> {
  return {
    fallback,
    isGlobal: false,
    accumulates: false,
    read: (written) => read(written.words),
    print: (values) => [values.length === 0 ? empty : values.join(' ')],
  };
}

function oneWord({ words: found }: Written): string {
  const [first, ...more] = found;
  if (first === undefined) throw new ValueError('missing argument.');
  if (more.length > 0) throw new ValueError('extra arguments at end of line');
  return first;
}

/** @throws {ValueError} for none. */
export function atLeastOne(names: readonly string[]): readonly string[] {
  if (names.length === 0) throw new ValueError('missing argument.');
  return names;
}
