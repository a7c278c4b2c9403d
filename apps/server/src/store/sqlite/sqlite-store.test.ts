import { randomBytes } from '@orrery/crypto';
import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { temporaryFolder } from '../../../testing/test-server.ts';
import { storeTests } from '../store.cases.ts';
import { openSqliteStore } from './sqlite-store.ts';

const folder = temporaryFolder();

function newFile(): string {
  return join(folder, randomBytes(8).toHex());
}

storeTests('SQLite', async () => ({
  store: openSqliteStore(newFile()),
  openBackup: async (file) => openSqliteStore(file),
  newFile,
}));

test('a database and its backup are for their owner alone', async () => {
  const [file, copy] = [newFile(), newFile()];
  const store = openSqliteStore(file);
  await store.backup(copy);
  for (const path of [file, `${file}-wal`, copy]) assert.equal(statSync(path).mode & 0o777, 0o600, path);
  await store.close();
});

test('what was stored is there when the database is opened again', async () => {
  const file = newFile();
  const first = openSqliteStore(file);
  await first.useToken(Uint8Array.of(1), 10);
  await first.close();
  const second = openSqliteStore(file);
  assert.equal(await second.useToken(Uint8Array.of(1), 10), false);
  await second.close();
});

test('a backup comes to an end while another process keeps writing, and is as of one moment', async () => {
  const [file, copy] = [newFile(), newFile()];
  const store = openSqliteStore(file);
  const db = new DatabaseSync(file);
  db.exec('CREATE TABLE noise (id INTEGER PRIMARY KEY, bytes BLOB)');
  db.prepare('INSERT INTO noise (bytes) VALUES (?)').run(new Uint8Array(4 * 1024 * 1024));
  const insert = db.prepare("INSERT INTO noise (bytes) VALUES (x'00')");
  const made = store.backup(copy).then(() => 'made');
  let writes = 0;
  while ((await Promise.race([made, setImmediate('not yet')])) !== 'made') {
    insert.run();
    writes += 1;
  }
  assert.ok(writes > 1);
  const written = new DatabaseSync(copy);
  assert.deepEqual({ ...written.prepare('SELECT count(*) AS rows FROM noise').get() }, { rows: 1 });
  written.close();
  db.close();
  await store.close();
});

test('a database of a later version, and a file that is none, are not opened', () => {
  const later = newFile();
  const db = new DatabaseSync(later);
  db.exec('PRAGMA user_version = 1000');
  db.close();
  assert.throws(() => openSqliteStore(later), {
    message: /^Cannot open database ".*": it has version 1000, and this program knows up to \d+$/,
  });
  const text = newFile();
  writeFileSync(text, 'This is not a database, but a text that is long enough to be looked at.'.repeat(20));
  assert.throws(() => openSqliteStore(text), {
    message: `Cannot open database "${text}": file is not a database`,
  });
});
