import type { DatabaseSync } from 'node:sqlite';

/**
 * Runs `action` wholly or not at all. Once it returns, all is on the disk. `undo(result)` takes back what was done
 * so far and gives `result`.
 */
export function transaction<T>(db: DatabaseSync, action: (undo: (result: T) => T) => T): T {
  const undo = (result: T): T => {
    db.exec('ROLLBACK');
    return result;
  };
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = action(undo);
    if (db.isTransaction) db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
