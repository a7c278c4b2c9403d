import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode, FormatError } from '@orrery/bytes';
import { laptop, scene, type SceneName } from '../../testing/scenes.ts';
import { stateCodec } from './state-codec.ts';
import { verifyRecords } from './verify.ts';

const names: readonly SceneName[] = [
  'empty',
  'settled',
  'rekeying',
  'departed',
  'rekeyingDeparted',
  'closed',
  'classic',
];

for (const name of names)
  test(`stateCodec gives back the state of an account that is ${name}`, async () => {
    const { state } = await scene(name);
    const bytes = encode(stateCodec, state);
    assert.deepEqual(decode(stateCodec, bytes), state);
    assert.deepEqual(encode(stateCodec, decode(stateCodec, bytes)), bytes);
  });

test('stateCodec gives a state with which the next entries are verified as before', async () => {
  const account = await scene('settled');
  const restored = decode(stateCodec, encode(stateCodec, account.state));
  await account.rotate(laptop);
  const next = account.records.slice(-1);
  assert.deepEqual(verifyRecords(restored, next).state, account.state);
});

test('stateCodec refuses a state that is cut short', async () => {
  const bytes = encode(stateCodec, (await scene('settled')).state);
  for (let length = 0; length < bytes.length; length += 7)
    assert.throws(() => decode(stateCodec, bytes.subarray(0, length)), FormatError);
});
