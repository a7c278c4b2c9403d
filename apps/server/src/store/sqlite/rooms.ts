import { decode, encode } from '@orrery/bytes';
import { roomTokensCodec, type Role, type RoomState } from '@orrery/rendezvous';
import type { DatabaseSync } from 'node:sqlite';
import { blob, integer, one, type Row } from './row.ts';
import { transaction } from './transaction.ts';

/** Rooms and their messages. Whoever waits for a message waits in this process. */
export function prepareRooms(db: DatabaseSync) {
  const insert = db.prepare('INSERT INTO rooms (id, expires_ms, tokens) VALUES (?, ?, ?)');
  const find = db.prepare('SELECT expires_ms, tokens FROM rooms WHERE id = ?');
  const count = db.prepare('SELECT count(*) AS rooms FROM rooms');
  const insertMessage = db.prepare(
    `INSERT INTO room_messages (room, role, slot, message)
     SELECT id, ?, ?, ? FROM rooms WHERE id = ? ON CONFLICT DO NOTHING`,
  );
  const message = db.prepare('SELECT message FROM room_messages WHERE room = ? AND role = ? AND slot = ?');
  const remove = db.prepare('DELETE FROM rooms WHERE expires_ms <= ?');
  const watchers = new Map<string, Set<() => void>>();

  function readSlot(id: Uint8Array, role: Role, slot: number): Uint8Array | undefined {
    const row = message.get(id, role, slot);
    return row === undefined ? undefined : blob(row, 'message');
  }

  return {
    open(id: Uint8Array, room: RoomState, maxRooms: number): 'opened' | 'full' | RoomState {
      return transaction<'opened' | 'full' | RoomState>(db, () => {
        const row = find.get(id);
        if (row !== undefined) return roomOf(row);
        if (integer(one(count.get()), 'rooms') >= maxRooms) return 'full';
        insert.run(id, room.expiresAt, encode(roomTokensCodec, room.tokens));
        return 'opened';
      });
    },

    find(id: Uint8Array): RoomState | undefined {
      const row = find.get(id);
      return row === undefined ? undefined : roomOf(row);
    },

    fill(id: Uint8Array, role: Role, slot: number, bytes: Uint8Array): Uint8Array | undefined {
      if (insertMessage.run(role, slot, bytes, id).changes === 1)
        for (const changed of watchers.get(id.toHex()) ?? []) changed();
      return readSlot(id, role, slot);
    },

    readSlot,

    watch(id: Uint8Array, changed: () => void): () => void {
      const room = id.toHex();
      const others = watchers.get(room) ?? new Set();
      watchers.set(room, others.add(changed));
      return () => {
        others.delete(changed);
        if (others.size === 0 && watchers.get(room) === others) watchers.delete(room);
      };
    },

    collect: (nowMs: number): number => Number(remove.run(nowMs).changes),
  };
}

function roomOf(row: Row): RoomState {
  return { tokens: decode(roomTokensCodec, blob(row, 'tokens')), expiresAt: integer(row, 'expires_ms') };
}
