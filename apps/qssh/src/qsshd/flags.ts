// The command line, as sshd(8) has it, and --listen.
import { resolve } from 'node:path';
import { UsageError } from '@orrery/terminal';

export interface Flags {
  readonly config: string | undefined;
  /** Lines that go before the file. */
  readonly options: readonly string[];
  readonly hostKeys: readonly string[];
  readonly ports: readonly string[];
  readonly listen: readonly string[];
  readonly isForeground: boolean;
  readonly isDebug: boolean;
  readonly logsToStandardError: boolean;
  readonly logFile: string | undefined;
  readonly isInetd: boolean;
  readonly isTest: boolean;
  readonly isPrint: boolean;
  /** `user=...,addr=...` of -C. */
  readonly specification: readonly string[];
  readonly family: 'inet' | 'inet6' | undefined;
  readonly isVersion: boolean;
  readonly isQuiet: boolean;
}

type Draft = { -readonly [Name in keyof Flags]: Flags[Name] };

/** What each letter does; a value stands behind those that take one. */
const letters: Readonly<Record<string, (draft: Draft, value: string) => void>> = {
  '4': (draft) => void (draft.family = 'inet'),
  '6': (draft) => void (draft.family = 'inet6'),
  D: (draft) => void (draft.isForeground = true),
  d: (draft) => void (draft.isDebug = draft.isForeground = draft.logsToStandardError = true),
  e: (draft) => void (draft.logsToStandardError = true),
  i: (draft) => void (draft.isInetd = true),
  q: (draft) => void (draft.isQuiet = true),
  t: (draft) => void (draft.isTest = true),
  T: (draft) => void (draft.isPrint = true),
  V: (draft) => void (draft.isVersion = true),
  r: () => undefined,
};
const valued: Readonly<Record<string, (draft: Draft, value: string) => void>> = {
  C: (draft, value) =>
    void (draft.specification = [...draft.specification, ...value.split(',').filter((part) => part !== '')]),
  E: (draft, value) => void (draft.logFile = resolve(value)),
  f: (draft, value) => void (draft.config = value === 'none' ? value : resolve(value)),
  g: (draft, value) => void (draft.options = [...draft.options, `LoginGraceTime=${value}`]),
  h: (draft, value) => void (draft.hostKeys = [...draft.hostKeys, resolve(value)]),
  o: (draft, value) => void (draft.options = [...draft.options, value]),
  p: (draft, value) => void (draft.ports = [...draft.ports, value]),
  u: () => undefined,
};

/** @throws {UsageError} */
export function parseFlags(argv: readonly string[]): Flags {
  const draft: Draft = { ...none };
  const [...rest] = argv;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--listen' || word.startsWith('--listen=')) {
      const value = word.includes('=') ? word.slice('--listen='.length) : rest.shift();
      if (value === undefined) throw new UsageError('Option --listen needs an address');
      draft.listen = [...draft.listen, value];
    } else if (/^-[A-Za-z0-9]/.test(word)) readLetters(draft, word.slice(1), rest);
    else throw new UsageError(`Unexpected argument "${word}"`, { hint: USAGE });
  }
  return draft;
}

/** Letters may stand together; the value of one may follow it at once. */
function readLetters(draft: Draft, word: string, rest: string[]): void {
  for (let at = 0; at < word.length; at += 1) {
    const letter = word.charAt(at);
    const simple = Object.hasOwn(letters, letter) ? letters[letter] : undefined;
    if (simple !== undefined) {
      simple(draft, '');
      continue;
    }
    const act = Object.hasOwn(valued, letter) ? valued[letter] : undefined;
    if (act === undefined) throw new UsageError(`Unknown option -${letter}`, { hint: USAGE });
    const value = at + 1 < word.length ? word.slice(at + 1) : rest.shift();
    if (value === undefined) throw new UsageError(`Option -${letter} needs a value`, { hint: USAGE });
    return act(draft, value);
  }
}

const USAGE =
  'qsshd [-46DdeiqTtV] [-C spec] [-E log_file] [-f config_file] [-g grace] [-h host_key_file] [-o option] [-p port] [--listen address]';

const none: Flags = {
  config: undefined,
  options: [],
  hostKeys: [],
  ports: [],
  listen: [],
  isForeground: false,
  isDebug: false,
  logsToStandardError: false,
  logFile: undefined,
  isInetd: false,
  isTest: false,
  isPrint: false,
  specification: [],
  family: undefined,
  isVersion: false,
  isQuiet: false,
};
