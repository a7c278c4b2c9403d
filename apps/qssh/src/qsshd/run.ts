// What the command line asks for: a test, the settings, a daemon, or the server in this process.
import { createTerminal, ExitCode, UsageError, type Terminal } from '@orrery/terminal';
import { printAbsent } from '../sshd-config/absent.ts';
import { evaluate, missingSpecification, printSettings } from '../sshd-config/evaluate.ts';
import type { ConnectionFacts } from '../sshd-config/match.ts';
import { ConfigError, type SshdConfig } from '../sshd-config/parse.ts';
import { parseFlags, USAGE, type Flags } from './flags.ts';
import { loadConfig } from './load-config.ts';
import { hostKeyFiles } from './host-key-files.ts';
import { SOFTWARE } from './version.ts';

export function run(argv: readonly string[]): Promise<number> {
  return reporting(async (terminal) => {
    if (argv.length === 1 && argv[0] === '--help') {
      process.stdout.write(USAGE);
      return ExitCode.done;
    }
    const flags = parseFlags(argv);
    if (flags.isVersion) {
      process.stderr.write(`${SOFTWARE}, Node.js ${process.versions.node}\n`);
      return ExitCode.done;
    }
    const config = loadConfig(flags);
    // A client may be listening to what inetd's server writes.
    const isHeard = !flags.isQuiet && (!flags.isInetd || flags.logsToStandardError);
    if (isHeard) for (const warning of config.warnings) process.stderr.write(`${warning}\r\n`);
    if (flags.isPrint) return print(config, flags, terminal);
    const warn = (text: string): void => void (isHeard && process.stderr.write(`${text}\r\n`));
    await checkStart(config, warn);
    if (flags.isTest) {
      const { checkFiles } = await import('./check-files.ts');
      checkFiles(config.items, warn);
      const { checkHostKeys } = await import('./check-host-keys.ts');
      return (await checkHostKeys(evaluate(config), warn)) ? ExitCode.done : ExitCode.failed;
    }
    const { runDaemon, startDaemon } = await import('./listener/daemon.ts');
    return flags.isForeground || flags.isInetd ? await runDaemon(argv) : await startDaemon(argv);
  });
}

/** The process that stays when `qsshd` has returned. */
export function runInBackground(argv: readonly string[]): Promise<number> {
  return reporting(async () => {
    const { runDaemon } = await import('./listener/daemon.ts');
    return runDaemon(argv);
  });
}

async function reporting(action: (terminal: Terminal) => Promise<number>): Promise<number> {
  const terminal = makeTerminal();
  try {
    return await action(terminal);
  } catch (error) {
    if (!(error instanceof ConfigError)) return terminal.fail(error);
    for (const problem of error.problems) process.stderr.write(`${problem}\r\n`);
    return ExitCode.failed;
  }
}

/** What would keep every connection from being served. */
async function checkStart(config: SshdConfig, warn: (text: string) => void): Promise<void> {
  const settings = evaluate(config);
  const files = hostKeyFiles(settings, warn);
  if (files.length === 0 && settings.hostKey.length > 0)
    throw new Error('Cannot start: no host key is there');
  const changesRoot = JSON.stringify(config.items).includes('"chrootDirectory"');
  if (changesRoot) {
    const { loadChroot } = await import('./session/become.ts');
    await loadChroot().catch((cause: unknown) => {
      throw new Error('Cannot start with ChrootDirectory: node:ffi is not there', { cause });
    });
  }
}

function print(config: SshdConfig, flags: Flags, terminal: Terminal): number {
  const facts = flags.specification.length === 0 ? undefined : factsOf(flags.specification);
  const missing = facts && missingSpecification(config.items, facts);
  if (missing !== undefined) throw new UsageError(`Match needs "${missing}", and -C does not give it`);
  for (const line of [...printSettings(evaluate(config, facts)), ...printAbsent()]) terminal.print(line);
  return ExitCode.done;
}

/** @throws {UsageError} for what -C does not know. */
function factsOf(specification: readonly string[]): ConnectionFacts {
  const names: Readonly<Record<string, (value: string) => ConnectionFacts>> = {
    user: (user) => ({ user }),
    host: (host) => ({ host }),
    addr: (address) => ({ address }),
    laddr: (localAddress) => ({ localAddress }),
    lport: (port) => ({ localPort: Number(port) }),
    rdomain: (routingDomain) => ({ routingDomain }),
  };
  return specification.reduce<ConnectionFacts>((facts, text) => {
    const [name = '', value = ''] = text.split(/=(.*)/, 2);
    const read = Object.hasOwn(names, name) ? names[name] : undefined;
    if (text === 'invalid-user') return { ...facts, isInvalidUser: true };
    if (read === undefined) throw new UsageError(`Invalid test mode specification "${text}"`);
    return { ...facts, ...read(value) };
  }, {});
}

function makeTerminal(): Terminal {
  return createTerminal({
    program: 'qsshd',
    json: false,
    yes: false,
    verbose: false,
    streams: { input: process.stdin, output: process.stdout, errors: process.stderr },
    noColour: true,
  });
}
