import { existsSync } from 'node:fs';
import { readDatabase } from './configuration.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';

/** Copies the database to a new file. A server may be writing to it. */
export async function backup(file: string, options: Readonly<Record<string, unknown>>): Promise<void> {
  const database = readDatabase(options);
  if (!existsSync(database)) throw new RangeError(`Cannot back up "${database}": there is no such file`);
  const store = openSqliteStore(database);
  try {
    await store.backup(file);
  } finally {
    await store.close();
  }
}
