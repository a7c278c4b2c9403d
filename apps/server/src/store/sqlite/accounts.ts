import type { DatabaseSync } from 'node:sqlite';
import type { AccountKey, DeviceRow, KnownDevice, NewAccount, Sighting } from '../store.ts';
import { blob, integer, one, optionalInteger, text } from './row.ts';
import { transaction } from './transaction.ts';

/** Accounts and their devices. */
export function prepareAccounts(db: DatabaseSync) {
  const count = db.prepare('SELECT count(*) AS accounts FROM accounts');
  const taken = db.prepare('SELECT 1 FROM accounts WHERE username = ? OR genesis = ?');
  const insert = db.prepare(
    `INSERT INTO accounts (username, genesis, head_number, head_hash, rekeying, entries, entry_bytes)
     VALUES (?, ?, ?, ?, 0, 1, ?) RETURNING id`,
  );
  const insertState = db.prepare('INSERT INTO ledger_states (account, state) VALUES (?, ?)');
  const insertRecord = db.prepare('INSERT INTO records (account, number, record) VALUES (?, ?, ?)');
  const genesis = db.prepare(
    `SELECT record FROM accounts JOIN records ON records.account = accounts.id AND number = 0
     WHERE username = ?`,
  );
  const device = db.prepare(
    `SELECT accounts.id AS account, genesis, head_number, head_hash, rekeying, removed, seen, name, keys
     FROM accounts JOIN devices ON devices.account = accounts.id
     WHERE username = ? AND device = ?`,
  );
  const putDevice = prepareDevice(db);
  const list = db.prepare(
    'SELECT device, seen FROM devices WHERE account = ? AND removed = 0 ORDER BY rowid',
  );
  const mark = db.prepare(
    'UPDATE devices SET seen = max(coalesce(seen, 0), ?) WHERE account = ? AND device = ?',
  );

  return {
    create(account: NewAccount): 'created' | 'taken' | 'full' {
      return transaction(db, () => {
        const { username, head, record } = account;
        if (taken.get(username, head.hash) !== undefined) return 'taken';
        if (integer(one(count.get()), 'accounts') >= account.maxAccounts) return 'full';
        const id = integer(one(insert.get(username, head.hash, head.number, head.hash, record.length)), 'id');
        insertState.run(id, account.state);
        insertRecord.run(id, head.number, record);
        putDevice(id, account.founder);
        return 'created';
      });
    },

    genesis(username: string): Uint8Array | undefined {
      const row = genesis.get(username);
      return row === undefined ? undefined : blob(row, 'record');
    },

    device(username: string, id: Uint8Array): KnownDevice | undefined {
      const row = device.get(username, id);
      if (row === undefined) return undefined;
      return {
        account: integer(row, 'account'),
        genesis: blob(row, 'genesis'),
        head: { number: integer(row, 'head_number'), hash: blob(row, 'head_hash') },
        rekeying: integer(row, 'rekeying') === 1,
        id,
        name: text(row, 'name'),
        keys: blob(row, 'keys'),
        removed: integer(row, 'removed') === 1,
        seen: optionalInteger(row, 'seen'),
      };
    },

    devices(account: AccountKey): { device: Uint8Array; seen: number | undefined }[] {
      return list
        .all(account)
        .map((row) => ({ device: blob(row, 'device'), seen: optionalInteger(row, 'seen') }));
    },

    markSeen(sightings: readonly Sighting[]): void {
      transaction(db, () => {
        for (const { account, device: id, seen } of sightings) mark.run(seen, account, id);
      });
    },
  };
}

/** Writes a device, new or changed; when it was seen stays. */
export function prepareDevice(db: DatabaseSync): (account: AccountKey, device: DeviceRow) => void {
  const put = db.prepare(
    `INSERT INTO devices (account, device, removed, name, keys) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (account, device) DO UPDATE SET removed = excluded.removed, name = excluded.name`,
  );
  return (account, { id, removed, name, keys }) => {
    put.run(account, id, removed ? 1 : 0, name, keys);
  };
}
