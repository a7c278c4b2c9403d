import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBytes } from '@orrery/crypto';
import { randomSecrets } from '../testing/random-secrets.ts';
import { roomError } from '../testing/rejection.ts';
import { checkRoomOpen, checkRoomRead, checkRoomWrite } from './relay-rules.ts';
import { MAX_ROOM_MESSAGE } from './relay.ts';
import { roomTokens } from './secrets.ts';
import { ofSlot } from './slots.ts';

const secrets = randomSecrets();
const room = { tokens: roomTokens(secrets), expiresAt: 1000 };
const token = ofSlot(secrets.tokens, 'newcomer', 0);
const write = { role: 'newcomer', slot: 0, token, message: new Uint8Array([1]) } as const;

test('checkRoomOpen makes a room once and lets the same tokens open it again', () => {
  assert.equal(checkRoomOpen(undefined, secrets.id, room.tokens, 0), true);
  assert.equal(checkRoomOpen(room, secrets.id, roomTokens(secrets), 999), false);
});

test('checkRoomOpen refuses other tokens, a room that is over and an id of another length', () => {
  const others = roomTokens(randomSecrets());
  assert.throws(() => checkRoomOpen(room, secrets.id, others, 0), roomError('taken'));
  assert.throws(() => checkRoomOpen(room, secrets.id, room.tokens, 1000), roomError('expired'));
  assert.throws(() => checkRoomOpen(undefined, secrets.id.subarray(1), room.tokens, 0), RangeError);
});

test('checkRoomWrite stores a message once and accepts its repetition', () => {
  assert.equal(checkRoomWrite(room, undefined, write, 999), true);
  assert.equal(checkRoomWrite(room, new Uint8Array([1]), write, 999), false);
  assert.throws(() => checkRoomWrite(room, new Uint8Array([2]), write, 999), roomError('taken'));
});

test('checkRoomWrite refuses every token but that of the slot, before it tells whether the slot is taken', () => {
  const wrong = [
    ofSlot(secrets.tokens, 'newcomer', 1),
    ofSlot(secrets.tokens, 'admitter', 0),
    ofSlot(room.tokens, 'newcomer', 0),
    randomBytes(32),
    token.subarray(1),
    new Uint8Array(),
  ];
  for (const other of wrong) {
    for (const stored of [undefined, new Uint8Array([2])])
      assert.throws(
        () => checkRoomWrite(room, stored, { ...write, token: other }, 0),
        roomError('forbidden'),
      );
  }
});

test('checkRoomWrite refuses an empty message and one longer than a slot', () => {
  const longest = { ...write, message: new Uint8Array(MAX_ROOM_MESSAGE) };
  assert.equal(checkRoomWrite(room, undefined, longest, 0), true);
  for (const length of [0, MAX_ROOM_MESSAGE + 1]) {
    const message = new Uint8Array(length);
    assert.throws(() => checkRoomWrite(room, undefined, { ...write, message }, 0), RangeError);
  }
});

test('checkRoomWrite and checkRoomRead refuse a room that is not there or over, and a slot that does not exist', () => {
  assert.equal(checkRoomRead(room, 'admitter', 1, 999), room);
  assert.throws(() => checkRoomRead(undefined, 'newcomer', 0, 0), roomError('no-room'));
  assert.throws(() => checkRoomWrite(undefined, undefined, write, 0), roomError('no-room'));
  assert.throws(() => checkRoomRead(room, 'newcomer', 0, 1000), roomError('expired'));
  assert.throws(() => checkRoomWrite(room, undefined, write, 1000), roomError('expired'));
  for (const slot of [-1, 2, 0.5, Number.NaN]) {
    assert.throws(() => checkRoomRead(room, 'newcomer', slot, 0), RangeError);
    assert.throws(() => checkRoomWrite(room, undefined, { ...write, slot }, 0), RangeError);
  }
});
