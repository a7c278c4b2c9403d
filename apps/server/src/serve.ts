import { ensurePrivateFolder, withLock } from '@orrery/disk';
import { dirname } from 'node:path';
import { defaultDatabase, readConfiguration, type Configuration } from './configuration.ts';
import { makeLog } from './log.ts';
import { demandFolder, explainFile } from './place.ts';
import { startServer } from './server.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import { PROGRAM } from './version.ts';

/** Seconds to wait for a server that is about to stop. */
const LOCK_PATIENCE = 1;

/** Serves until SIGTERM or SIGINT. @param ready Is told the URL once requests are answered. */
export async function serve(
  options: Readonly<Record<string, unknown>>,
  ready: (url: string) => void,
): Promise<void> {
  const configuration = readConfiguration(options);
  const { database } = configuration;
  if (database === defaultDatabase()) ensurePrivateFolder(dirname(database));
  else demandFolder('use database', database);
  const lock = { holder: PROGRAM, waitSeconds: LOCK_PATIENCE };
  await withLock(`${database}.lock`, lock, () => run(configuration, ready)).catch((error: unknown) => {
    throw explainFile('use database', database, error);
  });
}

async function run(configuration: Configuration, ready: (url: string) => void): Promise<void> {
  const { database, logLevel } = configuration;
  const stopped = untilSignal();
  const log = makeLog(logLevel);
  const store = openSqliteStore(database);
  const server = await startServer(configuration, store, log).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  ready(server.url);
  log.info({ signal: await stopped }, 'stopping');
  await server.close();
}

/** The first of the signals; a second one has its usual effect. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}
