// The options of OpenSSH's sftp-server, which `Subsystem sftp internal-sftp` has as well.
import { homedir, userInfo } from 'node:os';
import { sftpRequests, type SftpServerOptions } from '@orrery/ssh';
import { OptionError, readOptions } from '../qssh/getopt.ts';

export const usage = `usage: qsftp-server [-ehR] [-d start_directory] [-f log_facility] [-l log_level]
            [-P denied_requests] [-p allowed_requests] [-u umask]
       qsftp-server -Q protocol_feature
`;

const logLevels = [
  'QUIET',
  'FATAL',
  'ERROR',
  'INFO',
  'VERBOSE',
  'DEBUG',
  'DEBUG1',
  'DEBUG2',
  'DEBUG3',
] as const;

export type LogLevel = (typeof logLevels)[number];

const facilities = ['DAEMON', 'USER', 'AUTH', ...Array.from({ length: 8 }, (_, index) => `LOCAL${index}`)];

export interface ServerSettings {
  readonly startFolder: string | undefined;
  readonly umask: number | undefined;
  readonly logLevel: LogLevel;
  /** In lower case. */
  readonly logFacility: string;
  readonly logToErrors: boolean;
  readonly rules: Pick<SftpServerOptions, 'readOnly' | 'permits'>;
}

export type Command = { readonly kind: 'serve'; readonly settings: ServerSettings } | Said;

/** Something to say instead of serving. */
export interface Said {
  readonly kind: 'say';
  readonly text: string;
  readonly exitCode: number;
}

/** @throws {OptionError} */
export function readServerOptions(argv: readonly string[]): Command {
  if (argv.length === 1 && argv[0] === '--help') return { kind: 'say', text: usage, exitCode: 0 };
  // More words are passed over, as OpenSSH's server does: scp -D gives it the host and the name of the subsystem.
  const { found } = readOptions(argv, { letters: 'd:ef:hl:P:p:Q:Ru:c', long: [] });
  const values = new Map(found.map(({ name, value }) => [name, value]));
  if (values.has('h')) return { kind: 'say', text: usage, exitCode: 1 };
  const query = values.get('Q');
  if (query !== undefined) return answerTo(query);
  const permits = permission(lists(found, 'p'), lists(found, 'P'));
  const settings: ServerSettings = {
    startFolder: expanded(values.get('d')),
    umask: umaskOf(values.get('u')),
    logLevel: levelOf(values.get('l') ?? 'ERROR'),
    logFacility: facilityOf(values.get('f') ?? 'AUTH'),
    logToErrors: values.has('e'),
    rules: { readOnly: values.has('R'), ...(permits && { permits }) },
  };
  return { kind: 'serve', settings };
}

function answerTo(query: string): Said {
  if (query !== 'requests') throw new OptionError(`invalid query type "${query}"`);
  return { kind: 'say', text: sftpRequests.map((name) => `${name}\n`).join(''), exitCode: 0 };
}

/** The names in all lists of an option; undefined if it is not given. */
function lists(
  found: readonly { readonly name: string; readonly value: string }[],
  letter: string,
): ReadonlySet<string> | undefined {
  const given = found.filter(({ name }) => name === letter);
  if (given.length === 0) return undefined;
  return new Set(given.flatMap(({ value }) => value.split(',')));
}

/** What is denied is denied also if it is in the list of what is allowed. */
function permission(
  allowed: ReadonlySet<string> | undefined,
  denied: ReadonlySet<string> | undefined,
): ((request: string) => boolean) | undefined {
  if (allowed === undefined && denied === undefined) return undefined;
  return (request) => denied?.has(request) !== true && allowed?.has(request) !== false;
}

function umaskOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const mask = /^[0-7]{1,4}$/.test(text) ? Number.parseInt(text, 8) : 0o1000;
  if (mask > 0o777) throw new OptionError(`invalid umask "${text}": octal digits up to 0777 expected`);
  return mask;
}

function levelOf(text: string): LogLevel {
  const level = logLevels.find((name) => name === text.toUpperCase());
  if (level === undefined) throw new OptionError(`invalid log level "${text}"`);
  return level;
}

function facilityOf(text: string): string {
  if (!facilities.includes(text.toUpperCase())) throw new OptionError(`invalid log facility "${text}"`);
  return text.toLowerCase();
}

/** `%d` is the home, `%u` the name of the user, `%%` a percent sign. */
function expanded(folder: string | undefined): string | undefined {
  return folder?.replace(/%(.?)/gs, (_, letter: string) => {
    if (letter === 'd') return homedir();
    if (letter === 'u') return userInfo().username;
    if (letter === '%') return '%';
    throw new OptionError(`invalid start directory "${folder}": "%${letter}" means nothing`);
  });
}
