import { closeSync, existsSync, openSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { RateCounter } from '../../rate.ts';
import { UPLOAD_LIFETIME_SECONDS, type Statistics, type Store } from '../store.ts';
import { prepareAccounts } from './accounts.ts';
import { prepareLedger } from './ledger.ts';
import { migrate } from './migrate.ts';
import { prepareObjects } from './objects.ts';
import { prepareRooms } from './rooms.ts';
import { integer, one } from './row.ts';
import { prepareTokens } from './tokens.ts';

/** Milliseconds to wait for another process, which is a backup. */
const BUSY_TIMEOUT_MS = 10_000;

/** What stays of the write-ahead log, which a large upload makes long. */
const MAX_IDLE_WAL_BYTES = 64 * 1024 * 1024;

/** Opens the database in `file`, or makes it (mode 0600). For one server at a time. */
export function openSqliteStore(file: string): Store {
  const db = openDatabase(file);
  const accounts = prepareAccounts(db);
  const ledger = prepareLedger(db);
  const objects = prepareObjects(db);
  const rooms = prepareRooms(db);
  const tokens = prepareTokens(db);
  const counter = new RateCounter();
  const ping = db.prepare('SELECT count(*) FROM sqlite_schema');
  const statistics = prepareStatistics(db);

  return {
    check: async () => void ping.get(),

    createAccount: async (account) => accounts.create(account),
    findGenesis: async (username) => accounts.genesis(username),
    findDevice: async (username, device) => accounts.device(username, device),
    listDevices: async (account) => accounts.devices(account),
    markSeen: async (sightings) => accounts.markSeen(sightings),

    readLedger: async (account) => ledger.read(account),
    readRecords: async (...query) => ledger.records(...query),
    append: async (append) => ledger.append(append),

    putObjects: async (upload) => objects.put(upload),
    readObjects: async (...query) => objects.read(...query),

    useToken: async (id, expires) => tokens.use(id, expires),

    openRoom: async (id, room, maxRooms) => rooms.open(id, room, maxRooms),
    findRoom: async (id) => rooms.find(id),
    fillSlot: async (id, role, slot, message) => rooms.fill(id, role, slot, message),
    readSlot: async (id, role, slot) => rooms.readSlot(id, role, slot),
    watchRoom: async (id, changed) => rooms.watch(id, changed),

    spend: async ({ key, cost, limit, seconds }, now) => counter.spend(key, cost, limit, seconds, now),

    statistics: async () => statistics(),
    collect: async (now) => {
      counter.collect(now);
      let uploads = 0;
      for (let some = 1; some > 0; uploads += some) {
        some = objects.collect(now - UPLOAD_LIFETIME_SECONDS);
        await setImmediate();
      }
      return { uploads, tokens: tokens.collect(now), rooms: rooms.collect(now * 1000) };
    },
    backup: async (to) => {
      ping.get();
      await backupTo(file, to);
    },
    close: async () => db.close(),
  };
}

function openDatabase(file: string): DatabaseSync {
  closeSync(openSync(file, 'a', 0o600));
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    // FULL: an append that was acknowledged must survive a power cut.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY');
    db.exec(`PRAGMA journal_size_limit = ${MAX_IDLE_WAL_BYTES}`);
    migrate(db);
    return db;
  } catch (cause) {
    db.close();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot open database "${file}": ${why}`, { cause });
  }
}

function prepareStatistics(db: DatabaseSync): () => Statistics {
  const sums = db.prepare(
    `SELECT count(*) AS accounts, coalesce(sum(objects + uploads), 0) AS objects,
       coalesce(sum(object_bytes + upload_bytes), 0) AS object_bytes,
       (SELECT count(*) FROM devices WHERE removed = 0) AS devices,
       (SELECT count(*) FROM rooms) AS rooms
     FROM accounts`,
  );
  return () => {
    const row = one(sums.get());
    return {
      accounts: integer(row, 'accounts'),
      devices: integer(row, 'devices'),
      objects: integer(row, 'objects'),
      objectBytes: integer(row, 'object_bytes'),
      rooms: integer(row, 'rooms'),
    };
  };
}

async function backupTo(file: string, to: string): Promise<void> {
  if (existsSync(to)) throw new RangeError(`Cannot write backup "${to}": the file exists`);
  closeSync(openSync(to, 'ax', 0o600));
  const reader = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    // One transaction for all of it: otherwise the copy begins anew after every write of another process.
    reader.exec('BEGIN; SELECT count(*) FROM sqlite_schema');
    await backup(reader, to);
  } finally {
    reader.close();
  }
}
