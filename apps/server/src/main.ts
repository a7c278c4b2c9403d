import { ensurePrivateFolder, withLock } from '@orrery/disk';
import { Command, CommanderError } from 'commander';
import { dirname } from 'node:path';
import { defaultDatabase, readConfiguration, UsageError, type Configuration } from './configuration.ts';
import { limitFlag, limitNames, limitTexts, standardLimits } from './limits.ts';
import { makeLog } from './log.ts';
import { startServer } from './server.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { PROGRAM, VERSION } from './version.ts';

/** Runs the program. @param argv The arguments alone. Gives the exit code: 0 done, 1 failed, 2 usage. */
export async function main(argv: string[]): Promise<number> {
  try {
    await makeCommand().parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${PROGRAM}: ${message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function makeCommand(): Command {
  const command = new Command(PROGRAM)
    .description('The server for ssh-sync: it stores what it cannot read, and lets machines meet.')
    .version(VERSION)
    .exitOverride()
    .option('--listen <host:port>', 'where to listen; port 0 picks a free one', '127.0.0.1:3000')
    .option('--database <sqlite:file>', 'where to store (default: a file in the state folder)')
    .option('--registration <policy>', 'open, closed, token:SECRET or token:@FILE', 'open')
    .option('--tls-cert <file>', 'certificate chain (PEM): serve https')
    .option('--tls-key <file>', 'private key of the certificate (PEM)')
    .option('--trust-proxy', 'believe X-Forwarded-For, -Proto and -Host')
    .option('--origin <url...>', 'the URL, or URLs, by which clients reach this server')
    .option('--metrics <whom>', 'who may read /metrics: local (this machine) or all', 'local')
    .option('--log-level <level>', 'debug, info, warn, error or silent', 'info')
    .action((options: Record<string, unknown>) => serve(readConfiguration(options)));
  for (const name of limitNames)
    command.option(`${limitFlag(name)} <n>`, `${limitTexts[name]} (default: ${standardLimits[name]})`);
  command
    .command('backup')
    .description('Write a copy of the database while the server runs.')
    .argument('<file>', 'a new file')
    .action((file: string, _: unknown, self: Command) => backup(file, self.optsWithGlobals()));
  return command;
}

/** Serves until a signal ends it. */
async function serve(configuration: Configuration): Promise<void> {
  const { database } = configuration;
  if (database === defaultDatabase()) ensurePrivateFolder(dirname(database));
  await withLock(`${database}.lock`, { holder: PROGRAM, waitSeconds: 5 }, async () => {
    const stopped = untilSignal();
    const log = makeLog(configuration.logLevel);
    const store = openSqliteStore(database);
    const server = await startServer(configuration, store, log).catch(async (error: unknown) => {
      await store.close();
      throw error;
    });
    process.stdout.write(`listening on ${server.url}\n`);
    await stopped;
    log.info('stopping');
    await server.close();
  });
}

async function backup(file: string, options: Record<string, unknown>): Promise<void> {
  const store = openSqliteStore(readConfiguration(options).database);
  try {
    await store.backup(file);
  } finally {
    await store.close();
  }
}

/** The first SIGTERM or SIGINT; a second one has its usual effect. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
}
