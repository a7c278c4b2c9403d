import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';

import { concat } from '@orrery/bytes';
import { chaCha20State, xorChaCha20 } from './chacha20.node.ts';

test('xorChaCha20 gives the key stream of draft-agl-tls-chacha20poly1305-04, section 7', () => {
  const state = chaCha20State(new Uint8Array(32), new Uint8Array(16));
  assert.equal(
    xorChaCha20(state, new Uint8Array(64)).toHex(),
    '76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7' +
      'da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586',
  );
});

test('xorChaCha20 goes on where it stopped, and carries into the upper half of the counter', () => {
  const key = new Uint8Array(32).fill(7);
  const start = Uint8Array.fromHex('ffffffff000000000102030405060708');
  const state = chaCha20State(key, start);
  const message = new Uint8Array(200).fill(9);
  const ours = concat(
    xorChaCha20(state, message.subarray(0, 128)),
    xorChaCha20(state, message.subarray(128)),
  );
  const theirs = createCipheriv('chacha20', key, start).update(message);
  assert.equal(ours.toHex(), theirs.toString('hex'));
});
