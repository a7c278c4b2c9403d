import type { ClientConfig } from '../config/load-config.ts';
import { isBackgroundChild } from './background.ts';
import type { CommandLine } from './command-line.ts';
import { type Log, type LogLevel, levelWords, logLevelOf } from './log.ts';
import { spokenAlgorithms } from './spoken.ts';

/** What the command line and the files say about a host. The log then says as much as they want. */
export async function configOf(line: CommandLine, host: string, log: Log): Promise<ClientConfig> {
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

/** QSSH_LOG_LEVEL; what is none is said and counts as nothing. */
function environmentLevel(log: Log): LogLevel | undefined {
  const text = process.env['QSSH_LOG_LEVEL'] ?? '';
  const level = logLevelOf(text);
  if (level === undefined && text !== '' && !isBackgroundChild())
    log.error(`qssh: QSSH_LOG_LEVEL is "${text}", which is none of ${levelWords.join(', ')}`);
  return level;
}
