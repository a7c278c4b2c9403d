import type { DatabaseSync } from 'node:sqlite';
import { initial } from './migrations/0001-initial.ts';
import { integer, one } from './row.ts';
import { transaction } from './transaction.ts';

/** In order; the version of a database is how many of them it has seen. One that was released is never changed. */
const migrations: readonly string[] = [initial];

/** Brings a database to the present version. @throws {Error} if it is of a later one. */
export function migrate(db: DatabaseSync): void {
  const version = integer(one(db.prepare('PRAGMA user_version').get()), 'user_version');
  if (version > migrations.length)
    throw new Error(`it has version ${version}, and this program knows up to ${migrations.length}`);
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue;
    transaction(db, () => {
      db.exec(sql);
      db.exec(`PRAGMA user_version = ${index + 1}`);
    });
  }
}
