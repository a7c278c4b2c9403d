import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { readConfiguration } from '../src/configuration.ts';
import { makeLog } from '../src/log.ts';
import { startServer, type RunningServer } from '../src/server.ts';
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../src/store/store.ts';

/** 2026-11-01 00:00 UTC, in seconds. */
export const START = 1_793_491_200;

export interface TestServer {
  readonly url: string;
  readonly store: Store;
  /** Seconds since 1970; tests move it. */
  readonly clock: { now: number };
  /** Lines of the log. */
  readonly log: string[];
  close(): Promise<void>;
}

/** A new folder that is removed after the tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-server-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts a server on a free port with a new database, and stops it after the tests. */
export async function startTestServer(options: Readonly<Record<string, unknown>> = {}): Promise<TestServer> {
  const log: string[] = [];
  const clock = { now: START };
  const configuration = readConfiguration({
    listen: '127.0.0.1:0',
    database: `sqlite:${join(temporaryFolder(), 'vault.sqlite')}`,
    registration: 'open',
    metrics: 'local',
    logLevel: 'debug',
    newAccountsPerAddress: '1000000',
    ...options,
  });
  const store = openSqliteStore(configuration.database);
  const running: RunningServer = await startServer(
    configuration,
    store,
    makeLog(configuration.logLevel, { write: (line) => void log.push(line) }),
    () => clock.now * 1000,
  );
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= running.close());
  after(close);
  return { url: running.url, store, clock, log, close };
}
