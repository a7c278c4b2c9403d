// What the program says besides the remote program's output: on standard error or in the file of -E, by LogLevel.
import { openSync, writeSync } from 'node:fs';
import { visible } from '@orrery/terminal';

const levels = ['QUIET', 'FATAL', 'ERROR', 'INFO', 'VERBOSE', 'DEBUG', 'DEBUG2', 'DEBUG3'] as const;

export type LogLevel = (typeof levels)[number];

/** The ancestor's words, which QSSH_LOG_LEVEL may hold. */
const words: Readonly<Record<string, LogLevel>> = {
  off: 'QUIET',
  error: 'ERROR',
  warn: 'INFO',
  info: 'INFO',
  debug: 'DEBUG',
  trace: 'DEBUG3',
};

/** What logLevelOf knows. */
export const levelWords: readonly string[] = [...Object.keys(words), ...levels];

/** A level by OpenSSH's name or the ancestor's; undefined if it is neither. */
export function logLevelOf(text: string): LogLevel | undefined {
  const name = text.toUpperCase() === 'DEBUG1' ? 'DEBUG' : text.toUpperCase();
  const own = Object.hasOwn(words, text.toLowerCase()) ? words[text.toLowerCase()] : undefined;
  return levels.find((level) => level === name) ?? own;
}

/**
 * Every line is made visible: names and texts from the other side can stand in any of them. Lines stay lines, so that a text
 * of the other side that may have some has to be made visible before.
 */
export interface Log {
  level: LogLevel;
  /** Of syslog(3), for -y. */
  facility: string;
  /** What failed: told unless -q. */
  error(line: string): void;
  /** What people should know. */
  info(line: string): void;
  verbose(line: string): void;
  debug(line: string, depth?: 1 | 2 | 3): void;
  /** A text of the server for people, on standard error even with -E; its lines stay lines. */
  foreign(text: string): void;
  /** While the terminal is raw, lines end with a carriage return as well. */
  isRaw: boolean;
  /** Whether a line of this level would be said. */
  says(level: LogLevel): boolean;
}

/** Takes lines for the system's log. */
export type WriteSystemLog = (facility: string, lines: string) => void;

/**
 * @param file Of -E, to which lines are added. @param toSystem Takes them instead, with -y.
 * @throws what the system says about the file
 */
export function createLog(file: string | undefined, toSystem?: WriteSystemLog): Log {
  const descriptor = file === undefined ? 2 : openSync(file, 'a', 0o600);
  const log: Log = {
    level: 'INFO',
    facility: 'USER',
    isRaw: false,
    says: (level) => levels.indexOf(level) <= levels.indexOf(log.level),
    error: (line) => say('ERROR', line),
    info: (line) => say('INFO', line),
    verbose: (line) => say('VERBOSE', line),
    debug: (line, depth = 1) =>
      say(depth === 1 ? 'DEBUG' : depth === 2 ? 'DEBUG2' : 'DEBUG3', `debug${depth}: ${line}`),
    foreign: (text) => {
      const lines = text.split(/\r?\n/).map((line) => line.split('\t').map(visible).join('\t'));
      if (log.says('INFO')) write(2, lines.join(endOf(2)));
    },
  };
  const endOf = (target: number): string => (log.isRaw && target === 2 ? '\r\n' : '\n');
  const say = (level: LogLevel, text: string): void => {
    if (!log.says(level)) return;
    const end = toSystem === undefined ? endOf(descriptor) : '\n';
    const lines = text
      .split('\n')
      .map((line) => visible(line) + end)
      .join('');
    if (toSystem === undefined) write(descriptor, lines);
    else toSystem(log.facility, lines);
  };
  return log;
}

/** Lines must not be lost when the process ends, nor end it when nobody reads them. */
function write(descriptor: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
  } catch {
    // A closed pipe or a full one: there is no other place to say so.
  }
}
