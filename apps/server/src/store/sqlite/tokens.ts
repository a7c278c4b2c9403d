import type { DatabaseSync } from 'node:sqlite';

/** Ids of tokens that were used, until they expire. */
export function prepareTokens(db: DatabaseSync) {
  const insert = db.prepare('INSERT OR IGNORE INTO used_tokens (id, expires) VALUES (?, ?)');
  const remove = db.prepare('DELETE FROM used_tokens WHERE expires <= ?');

  return {
    use: (id: Uint8Array, expires: number): boolean => insert.run(id, expires).changes === 1,
    collect: (now: number): number => Number(remove.run(now).changes),
  };
}
