import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomSecrets } from '../testing/random-secrets.ts';
import { roomError } from '../testing/rejection.ts';
import { MAX_ROOM_PLAINTEXT, openMessage, sealMessage } from './message.ts';
import { MAX_ROOM_MESSAGE } from './relay.ts';

const secrets = randomSecrets();

test('openMessage opens what sealMessage sealed, from the empty message to the longest', () => {
  for (const length of [0, 1, 1000, MAX_ROOM_PLAINTEXT]) {
    const message = new Uint8Array(length).fill(7);
    const sealed = sealMessage(secrets, 'admitter', 1, message);
    assert.equal(sealed.length, length + 28);
    assert.deepEqual(openMessage(secrets, 'admitter', 1, sealed), message);
  }
});

test('sealMessage never seals the same message to the same bytes', () => {
  const message = new Uint8Array(8);
  assert.notDeepEqual(
    sealMessage(secrets, 'newcomer', 0, message),
    sealMessage(secrets, 'newcomer', 0, message),
  );
});

test('sealMessage refuses a message longer than a slot', () => {
  assert.throws(() => sealMessage(secrets, 'newcomer', 0, new Uint8Array(MAX_ROOM_PLAINTEXT + 1)), {
    name: 'RangeError',
    message: 'Cannot seal message: found 16357 bytes, at most 16356 expected',
  });
});

test('openMessage refuses all bytes that were not sealed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.throws(() => openMessage(secrets, 'newcomer', 0, bytes), roomError('unauthentic'));
    }),
  );
  const long = new Uint8Array(MAX_ROOM_MESSAGE + 1);
  assert.throws(() => openMessage(secrets, 'newcomer', 0, long), roomError('unauthentic'));
});
