import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ExpectedError } from '@orrery/terminal';
import { readDatabase } from './configuration.ts';
import { demandFolder, explainFile } from './place.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';

/** Copies the database to a new file. A server may be writing to it. */
export async function backup(file: string, options: Readonly<Record<string, unknown>>): Promise<void> {
  const database = readDatabase(options);
  if (!existsSync(database))
    throw new ExpectedError(`Cannot back up "${database}": there is no such file`, {
      hint: 'name the database of the server as its own --database does: --database sqlite:FILE',
    });
  demandFolder('write backup', resolve(file));
  const store = openSqliteStore(database);
  try {
    await store.backup(file);
  } catch (cause) {
    throw explainFile('write backup', file, cause);
  } finally {
    await store.close();
  }
}
