// The command line, as sshd(8) has it, and --listen.
import { resolve } from 'node:path';
import { UsageError } from '@orrery/terminal';
import { OptionError, readOptions } from '../qssh/getopt.ts';

export interface Flags {
  readonly config: string | undefined;
  /** Lines that go before the file. */
  readonly options: readonly string[];
  readonly hostKeys: readonly string[];
  readonly hostCertificates: readonly string[];
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

/** What each option does. */
const acts: Readonly<Record<string, (draft: Draft, value: string) => void>> = {
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
  C: (draft, value) =>
    void (draft.specification = [...draft.specification, ...value.split(',').filter((part) => part !== '')]),
  c: (draft, value) => void (draft.hostCertificates = [...draft.hostCertificates, resolve(value)]),
  E: (draft, value) => void (draft.logFile = resolve(value)),
  f: (draft, value) => void (draft.config = value === 'none' ? value : resolve(value)),
  g: (draft, value) => void (draft.options = [...draft.options, `LoginGraceTime=${value}`]),
  h: (draft, value) => void (draft.hostKeys = [...draft.hostKeys, resolve(value)]),
  o: (draft, value) => void (draft.options = [...draft.options, value]),
  p: (draft, value) => void (draft.ports = [...draft.ports, value]),
  u: () => undefined,
  listen: (draft, value) => void (draft.listen = [...draft.listen, value]),
};

const options = { letters: '46C:c:DdE:ef:g:h:io:p:qrTtu:V', long: ['listen'] };

export const USAGE = `usage: qsshd [-46DdeiqTtV] [-C connection_spec] [-c host_cert_file] [-E log_file]
             [-f config_file] [-g login_grace_time] [-h host_key_file] [-o option]
             [-p port] [--listen address:port]
`;

const HINT = '"qsshd --help" shows the options';

/** @throws {UsageError} */
export function parseFlags(argv: readonly string[]): Flags {
  const draft: Draft = { ...none };
  const { found, rest } = readWords(argv);
  if (rest[0] !== undefined) throw new UsageError(`unexpected argument "${rest[0]}"`, { hint: HINT });
  for (const { name, value } of found) acts[name]?.(draft, value);
  return draft;
}

function readWords(argv: readonly string[]): ReturnType<typeof readOptions> {
  try {
    return readOptions(argv, options);
  } catch (error) {
    if (error instanceof OptionError) throw new UsageError(error.message, { hint: HINT });
    throw error;
  }
}

const none: Flags = {
  config: undefined,
  options: [],
  hostKeys: [],
  hostCertificates: [],
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
