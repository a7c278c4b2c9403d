import type { DatabaseSync } from 'node:sqlite';
import type { AccountKey, Append, Space, StoredLedger } from '../store.ts';
import { prepareDevice } from './accounts.ts';
import { blob, integer, type Row } from './row.ts';
import { transaction } from './transaction.ts';

/** Ledgers: reading them, and the one transaction that changes them. */
export function prepareLedger(db: DatabaseSync) {
  const ledger = db.prepare(
    `SELECT entries, entry_bytes, objects, object_bytes, uploads, upload_bytes, state
     FROM accounts JOIN ledger_states ON ledger_states.account = accounts.id WHERE accounts.id = ?`,
  );
  const records = db.prepare(
    'SELECT record FROM records WHERE account = ? AND number > ? ORDER BY number LIMIT ?',
  );
  const isAt = db.prepare(
    'SELECT objects, object_bytes FROM accounts WHERE id = ? AND head_number = ? AND head_hash = ?',
  );
  const closeAccount = db.prepare('DELETE FROM accounts WHERE id = ?');
  const objects = prepareMoves(db);
  const write = prepareWrites(db);

  return {
    read(account: AccountKey): StoredLedger | undefined {
      const row = ledger.get(account);
      if (row === undefined) return undefined;
      return {
        state: blob(row, 'state'),
        usage: {
          entries: integer(row, 'entries'),
          entryBytes: integer(row, 'entry_bytes'),
          objects: integer(row, 'objects'),
          objectBytes: integer(row, 'object_bytes'),
          uploads: integer(row, 'uploads'),
          uploadBytes: integer(row, 'upload_bytes'),
        },
      };
    },

    records(account: AccountKey, after: number, maxRecords: number, maxBytes: number): Uint8Array[] {
      const page: Uint8Array[] = [];
      let bytes = 0;
      for (const row of records.iterate(account, after, maxRecords)) {
        const record = blob(row, 'record');
        bytes += record.length;
        if (page.length > 0 && bytes > maxBytes) break;
        page.push(record);
      }
      return page;
    },

    append(append: Append): 'appended' | 'conflict' | 'missing' | 'quota' {
      return transaction(db, () => {
        const { account, before } = append;
        const now = isAt.get(account, before.number, before.hash);
        if (now === undefined) return 'conflict';
        if (append.closed) {
          closeAccount.run(account);
          return 'appended';
        }
        const added = objects.measureUploads(account, append.adds);
        if (added === undefined) return 'missing';
        const dropped = objects.measure(account, append.drops);
        if (!fits(now, added, dropped, append.space)) return 'quota';
        objects.move(account, append.adds, append.drops);
        write(append, added, dropped);
        return 'appended';
      });
    },
  };
}

/** An account that is over its space may still become smaller. */
function fits(now: Row, added: Space, dropped: Space, space: Space | undefined): boolean {
  if (space === undefined) return true;
  const objects = integer(now, 'objects') + added.objects - dropped.objects;
  const bytes = integer(now, 'object_bytes') + added.bytes - dropped.bytes;
  return (
    (objects <= space.objects || added.objects <= dropped.objects) &&
    (bytes <= space.bytes || added.bytes <= dropped.bytes)
  );
}

function prepareMoves(db: DatabaseSync) {
  const size = db.prepare('SELECT size, committed FROM objects WHERE account = ? AND id = ?');
  const commit = db.prepare('UPDATE objects SET committed = 1 WHERE account = ? AND id = ?');
  const drop = db.prepare('DELETE FROM objects WHERE account = ? AND id = ?');

  return {
    /** What the uploads take up, or undefined if one of them is none. */
    measureUploads(account: AccountKey, ids: readonly Uint8Array[]): Space | undefined {
      let bytes = 0;
      for (const id of ids) {
        const row = size.get(account, id);
        if (row === undefined || integer(row, 'committed') === 1) return undefined;
        bytes += integer(row, 'size');
      }
      return { objects: ids.length, bytes };
    },

    measure(account: AccountKey, ids: readonly Uint8Array[]): Space {
      const rows = ids.map((id) => size.get(account, id)).filter((row) => row !== undefined);
      return { objects: rows.length, bytes: rows.reduce((sum, row) => sum + integer(row, 'size'), 0) };
    },

    move(account: AccountKey, adds: readonly Uint8Array[], drops: readonly Uint8Array[]): void {
      for (const id of adds) commit.run(account, id);
      for (const id of drops) drop.run(account, id);
    },
  };
}

function prepareWrites(db: DatabaseSync): (append: Append, added: Space, dropped: Space) => void {
  const insert = db.prepare('INSERT INTO records (account, number, record) VALUES (?, ?, ?)');
  const setState = db.prepare('UPDATE ledger_states SET state = ? WHERE account = ?');
  const advance = db.prepare(
    `UPDATE accounts SET head_number = ?, head_hash = ?, rekeying = ?,
       entries = entries + ?, entry_bytes = entry_bytes + ?,
       objects = objects + ?, object_bytes = object_bytes + ?,
       uploads = uploads - ?, upload_bytes = upload_bytes - ?
     WHERE id = ?`,
  );
  const putDevice = prepareDevice(db);

  return ({ account, before, after, state, records, devices, rekeying }, added, dropped) => {
    for (const [index, record] of records.entries()) insert.run(account, before.number + 1 + index, record);
    for (const device of devices) putDevice(account, device);
    setState.run(state, account);
    advance.run(
      after.number,
      after.hash,
      rekeying ? 1 : 0,
      records.length,
      records.reduce((sum, record) => sum + record.length, 0),
      added.objects - dropped.objects,
      added.bytes - dropped.bytes,
      added.objects,
      added.bytes,
      account,
    );
  };
}
