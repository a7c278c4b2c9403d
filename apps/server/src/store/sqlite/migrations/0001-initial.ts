export const initial = `
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  username TEXT NOT NULL UNIQUE,
  genesis BLOB NOT NULL UNIQUE,
  head_number INTEGER NOT NULL,
  head_hash BLOB NOT NULL,
  rekeying INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  entry_bytes INTEGER NOT NULL,
  objects INTEGER NOT NULL DEFAULT 0,
  object_bytes INTEGER NOT NULL DEFAULT 0,
  uploads INTEGER NOT NULL DEFAULT 0,
  upload_bytes INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Apart from the account, whose row is rewritten by every upload.
CREATE TABLE ledger_states (
  account INTEGER PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
  state BLOB NOT NULL
) STRICT;

CREATE TABLE records (
  account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
  number INTEGER NOT NULL,
  record BLOB NOT NULL,
  UNIQUE (account, number)
) STRICT;

CREATE TABLE devices (
  account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
  device BLOB NOT NULL,
  removed INTEGER NOT NULL,
  seen INTEGER,
  name TEXT NOT NULL,
  keys BLOB NOT NULL,
  UNIQUE (account, device)
) STRICT;

CREATE TABLE objects (
  account INTEGER NOT NULL REFERENCES accounts ON DELETE CASCADE,
  id BLOB NOT NULL,
  size INTEGER NOT NULL,
  committed INTEGER NOT NULL DEFAULT 0,
  stored_at INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (account, id)
) STRICT;
CREATE INDEX uploads_by_age ON objects (stored_at) WHERE committed = 0;
CREATE INDEX uploads_of_account ON objects (account, stored_at) WHERE committed = 0;

CREATE TABLE used_tokens (
  id BLOB PRIMARY KEY,
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX used_tokens_by_age ON used_tokens (expires);

CREATE TABLE rooms (
  id BLOB PRIMARY KEY,
  expires_ms INTEGER NOT NULL,
  tokens BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX rooms_by_age ON rooms (expires_ms);

CREATE TABLE room_messages (
  room BLOB NOT NULL REFERENCES rooms ON DELETE CASCADE,
  role TEXT NOT NULL,
  slot INTEGER NOT NULL,
  message BLOB NOT NULL,
  UNIQUE (room, role, slot)
) STRICT;
`;
