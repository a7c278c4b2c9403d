import { type CommandLine, readCommandLine } from './command-line.ts';
import { OptionError } from './getopt.ts';
import { configOf } from './host-config.ts';
import { type Log, createLog } from './log.ts';
import { everything } from './spoken.ts';
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
  return beginLogin({ line, config, log }, argv);
}
