import type { ClientConfig } from '../config/load-config.ts';
import { isBackgroundChild } from './background.ts';
import { type CommandLine, readCommandLine } from './command-line.ts';
import { OptionError } from './getopt.ts';
import { type Log, type LogLevel, createLog, levelWords, logLevelOf } from './log.ts';
import { everything, spokenAlgorithms } from './spoken.ts';
import { usage } from './usage.ts';
import { version } from './version.ts';

/** The exit code; undefined if something went wrong here, which was said. */
export async function run(argv: readonly string[]): Promise<number | undefined> {
  if (argv.length === 1 && argv[0] === '--help') {
    process.stdout.write(usage);
    return 0;
  }
  let line: CommandLine;
  try {
    line = readCommandLine(argv);
  } catch (cause) {
    if (!(cause instanceof OptionError)) throw cause;
    createLog(undefined).error(`qssh: ${cause.message}`);
    process.stderr.write(usage);
    return undefined;
  }
  let log = createLog(undefined);
  try {
    if (line.useSyslog) log = await openSystemLog();
    else if (line.logFile !== undefined) log = await openLog(line.logFile);
    return await runLine(line, log, argv);
  } catch (cause) {
    const { explain } = await import('./explain.ts');
    explain(cause, log);
    return undefined;
  }
}

async function openSystemLog(): Promise<Log> {
  const { writeSyslog } = await import('../syslog.ts');
  return createLog(undefined, (facility, lines) => writeSyslog('qssh', facility, lines));
}

/** @throws {LoginError} if lines cannot be added to the file. */
async function openLog(file: string): Promise<Log> {
  try {
    return createLog(file);
  } catch (cause) {
    const { LoginError } = await import('./failure.ts');
    const { reasonOf } = await import('../copy/reason.ts');
    throw new LoginError(`qssh: cannot open log file "${file}": ${reasonOf(cause).toLowerCase()}`, { cause });
  }
}

async function runLine(line: CommandLine, log: Log, argv: readonly string[]): Promise<number | undefined> {
  if (line.isVersion) {
    process.stderr.write(`${version()}\n`);
    return 0;
  }
  if (line.query !== undefined) {
    const { answerQuery } = await import('./query.ts');
    process.stdout.write(
      answerQuery(line.query, everything)
        .map((name) => `${name}\n`)
        .join(''),
    );
    return 0;
  }
  if (line.host === undefined) {
    process.stderr.write(usage);
    return undefined;
  }
  const config = await configOf(line, line.host, log);
  if (line.isDump) {
    const { printSettings } = await import('../config/print-config.ts');
    process.stdout.write(`${printSettings(config.originalHost, config.settings).join('\n')}\n`);
    return 0;
  }
  const { beginLogin } = await import('./begin-login.ts');
  return beginLogin({ line, config, log, argv });
}

/** QSSH_LOG_LEVEL; what is none is said and counts as nothing. */
function environmentLevel(log: Log): LogLevel | undefined {
  const text = process.env['QSSH_LOG_LEVEL'] ?? '';
  const level = logLevelOf(text);
  if (level === undefined && text !== '' && !isBackgroundChild())
    log.error(`qssh: QSSH_LOG_LEVEL is "${text}", which is none of ${levelWords.join(', ')}`);
  return level;
}

async function configOf(line: CommandLine, host: string, log: Log): Promise<ClientConfig> {
  log.level = logLevelOf(line.overrides.get('loglevel') ?? '') ?? log.level;
  const fromEnvironment = environmentLevel(log);
  if (!line.overrides.has('loglevel')) log.level = fromEnvironment ?? log.level;
  const { loadConfig } = await import('../config/load-config.ts');
  const config = await loadConfig({
    host,
    options: line.settings,
    overrides: line.overrides,
    fallbacks: line.fallbacks,
    file: line.configFile,
    command: line.command,
    environment: process.env,
    spoken: spokenAlgorithms,
    remark: (text) => log.debug(text),
    warn: (text) => log.info(text),
  });
  log.facility = config.settings.get('syslogfacility') ?? log.facility;
  const level = logLevelOf(config.settings.get('loglevel') ?? '') ?? 'INFO';
  log.level = line.overrides.has('loglevel') || fromEnvironment === undefined ? level : fromEnvironment;
  return config;
}
