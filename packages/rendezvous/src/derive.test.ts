import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { decode, encode } from '@orrery/bytes';
import vector from '../vectors/room.json' with { type: 'json' };
import { roomError } from '../testing/rejection.ts';
import { deriveRoom } from './derive.ts';
import { MemoryRelay } from './memory-relay.ts';
import { openMessage } from './message.ts';
import { PhraseError } from './phrase.ts';
import { roomTokensCodec } from './relay.ts';
import { Room, openRoom } from './room.ts';
import { type RoomSecrets, roomTokens } from './secrets.ts';

suite('deriveRoom', () => {
  let secrets: RoomSecrets;

  before(async () => {
    secrets = await deriveRoom(vector.phrase, vector.purpose, vector.username);
  });

  test('deriveRoom gives the id, key and tokens of the vector', () => {
    assert.equal(secrets.id.toHex(), vector.id);
    assert.equal(secrets.key.toHex(), vector.key);
    assert.deepEqual(
      secrets.tokens.newcomer.map((token) => token.toHex()),
      vector.tokens.newcomer,
    );
    assert.deepEqual(
      secrets.tokens.admitter.map((token) => token.toHex()),
      vector.tokens.admitter,
    );
  });

  test('roomTokens gives the hashes of the vector, which the body of open holds', () => {
    assert.equal(encode(roomTokensCodec, roomTokens(secrets)).toHex(), vector.openBody);
    assert.deepEqual(decode(roomTokensCodec, Uint8Array.fromHex(vector.openBody)), roomTokens(secrets));
  });

  test('openMessage opens the sealed message of the vector', () => {
    const sealed = Uint8Array.fromHex(vector.message.sealed);
    assert.equal(openMessage(secrets, 'newcomer', 0, sealed).toHex(), vector.message.plaintext);
  });

  test('deriveRoom leads a wrong phrase, username and purpose to no room', async () => {
    const relay = new MemoryRelay();
    await openRoom(relay, secrets);
    const { phrase, purpose, username } = vector;
    const wrong = await Promise.all([
      deriveRoom('abacus drop-down quilt t-shirt yoyo zoom', purpose, username),
      deriveRoom(phrase, purpose, 'alicf'),
      deriveRoom(phrase, `${purpose}a`, 'lice'),
    ]);
    for (const other of wrong) {
      await assert.rejects(new Room(relay, other, 'admitter').receive(), roomError('no-room'));
      assert.notDeepEqual(other.key, secrets.key);
    }
  });
});

test('deriveRoom refuses a text that is no phrase in canonical form', async () => {
  await assert.rejects(deriveRoom('abacus', 'test', 'alice'), PhraseError);
  await assert.rejects(deriveRoom(vector.phrase.toUpperCase(), 'test', 'alice'), {
    name: 'RangeError',
    message: 'Cannot derive room: the phrase is not in canonical form',
  });
});
