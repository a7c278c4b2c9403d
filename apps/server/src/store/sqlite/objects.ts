import { equal } from '@orrery/bytes';
import type { DatabaseSync } from 'node:sqlite';
import type { AccountKey, SealedBytes, Space, Upload } from '../store.ts';
import { blob, integer, one } from './row.ts';
import { transaction } from './transaction.ts';

/** What an object takes up in an answer besides its bytes: id, flag, length. */
const PER_OBJECT_BYTES = 16 + 1 + 4;

/** Uploads that are deleted in one transaction, so that requests need not wait for long. */
const COLLECT_AT_ONCE = 200;

/** Sealed objects: uploads until an entry names them, then kept until one drops them. */
export function prepareObjects(db: DatabaseSync) {
  const find = db.prepare('SELECT bytes FROM objects WHERE account = ? AND id = ?');
  const insert = db.prepare(
    'INSERT INTO objects (account, id, size, stored_at, bytes) VALUES (?, ?, ?, ?, ?)',
  );
  const refresh = db.prepare(
    'UPDATE objects SET stored_at = ? WHERE account = ? AND id = ? AND committed = 0',
  );
  const usage = db.prepare('SELECT objects, object_bytes, uploads, upload_bytes FROM accounts WHERE id = ?');
  const charge = db.prepare(
    'UPDATE accounts SET uploads = uploads + ?, upload_bytes = upload_bytes + ? WHERE id = ?',
  );
  const oldest = db.prepare(
    'SELECT id, size FROM objects WHERE account = ? AND committed = 0 ORDER BY stored_at, rowid',
  );
  const old = db.prepare(
    'SELECT account, id, size FROM objects WHERE committed = 0 AND stored_at <= ? LIMIT ?',
  );
  const remove = db.prepare('DELETE FROM objects WHERE account = ? AND id = ?');

  function unknown(account: AccountKey, objects: readonly SealedBytes[]): SealedBytes[] | undefined {
    const fresh = new Map<string, SealedBytes>();
    for (const object of objects) {
      const row = find.get(account, object.id);
      const before = row === undefined ? fresh.get(object.id.toHex())?.bytes : blob(row, 'bytes');
      if (before === undefined) fresh.set(object.id.toHex(), object);
      else if (!equal(before, object.bytes)) return undefined;
    }
    return [...fresh.values()];
  }

  /** Deletes the oldest uploads but `spared` until so much is free; false if that is not enough. */
  function evict(account: AccountKey, spared: readonly SealedBytes[], over: Space): boolean {
    const sparedIds = new Set(spared.map(({ id }) => id.toHex()));
    let [objects, bytes] = [0, 0];
    for (const row of oldest.all(account)) {
      if (objects >= over.objects && bytes >= over.bytes) break;
      const id = blob(row, 'id');
      if (sparedIds.has(id.toHex())) continue;
      remove.run(account, id);
      objects += 1;
      bytes += integer(row, 'size');
    }
    charge.run(-objects, -bytes, account);
    return objects >= over.objects && bytes >= over.bytes;
  }

  function makeSpace(upload: Upload, fresh: Space): boolean {
    const { account, space } = upload;
    const row = one(usage.get(account));
    const over = {
      objects: integer(row, 'objects') + integer(row, 'uploads') + fresh.objects - space.objects,
      bytes: integer(row, 'object_bytes') + integer(row, 'upload_bytes') + fresh.bytes - space.bytes,
    };
    if (over.objects <= 0 && over.bytes <= 0) return true;
    return upload.evict && evict(account, upload.objects, over);
  }

  return {
    put(upload: Upload): 'stored' | 'differs' | 'quota' {
      const { account, objects, now } = upload;
      return transaction<'stored' | 'differs' | 'quota'>(db, (undo) => {
        const fresh = unknown(account, objects);
        if (fresh === undefined) return 'differs';
        const bytes = fresh.reduce((sum, object) => sum + object.bytes.length, 0);
        if (!makeSpace(upload, { objects: fresh.length, bytes })) return undo('quota');
        for (const { id } of objects) refresh.run(now, account, id);
        for (const object of fresh) insert.run(account, object.id, object.bytes.length, now, object.bytes);
        charge.run(fresh.length, bytes, account);
        return 'stored';
      });
    },

    read(account: AccountKey, ids: readonly Uint8Array[], maxBytes: number): (Uint8Array | undefined)[] {
      const found: (Uint8Array | undefined)[] = [];
      let total = 0;
      for (const id of ids) {
        const row = find.get(account, id);
        const bytes = row === undefined ? undefined : blob(row, 'bytes');
        total += PER_OBJECT_BYTES + (bytes?.length ?? 0);
        if (found.length > 0 && total > maxBytes) break;
        found.push(bytes);
      }
      return found;
    },

    /** Deletes some of the uploads from before `time`; how many. */
    collect(time: number): number {
      return transaction(db, () => {
        const rows = old.all(time, COLLECT_AT_ONCE);
        for (const row of rows) {
          remove.run(integer(row, 'account'), blob(row, 'id'));
          charge.run(-1, -integer(row, 'size'), integer(row, 'account'));
        }
        return rows.length;
      });
    },
  };
}
