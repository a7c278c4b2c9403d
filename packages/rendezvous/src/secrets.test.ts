import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError, decode, encode } from '@orrery/bytes';
import fc from 'fast-check';
import { randomSecrets } from '../testing/random-secrets.ts';
import { roomTokensCodec } from './relay.ts';
import { copySecrets, roomSecretsCodec, roomTokens, wipeSecrets } from './secrets.ts';

test('roomSecretsCodec reads what it wrote: a label and 192 bytes', () => {
  const secrets = randomSecrets();
  const bytes = encode(roomSecretsCodec, secrets);
  assert.equal(bytes.length, 4 + 'orrery/rendezvous/1/secrets'.length + 192);
  assert.deepEqual(decode(roomSecretsCodec, bytes), secrets);
});

test('roomSecretsCodec and roomTokensCodec throw FormatError for all bytes that they did not write', () => {
  const written = encode(roomSecretsCodec, randomSecrets());
  for (let length = 0; length < written.length; length++)
    assert.throws(() => decode(roomSecretsCodec, written.subarray(0, length)), FormatError);
  assert.throws(() => decode(roomSecretsCodec, written.with(5, 0)), FormatError);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.throws(() => decode(roomSecretsCodec, bytes), FormatError);
      if (bytes.length === 128)
        assert.deepEqual(encode(roomTokensCodec, decode(roomTokensCodec, bytes)), bytes);
      else assert.throws(() => decode(roomTokensCodec, bytes), FormatError);
    }),
  );
});

test('roomTokensCodec refuses to write other than two hashes of 32 bytes for each role', () => {
  const { newcomer, admitter } = roomTokens(randomSecrets());
  assert.throws(() => encode(roomTokensCodec, { newcomer, admitter: admitter.slice(1) }), RangeError);
  assert.throws(
    () => encode(roomTokensCodec, { newcomer, admitter: [...admitter, ...admitter] }),
    RangeError,
  );
  assert.throws(
    () => encode(roomTokensCodec, { newcomer, admitter: admitter.map((hash) => hash.subarray(1)) }),
    RangeError,
  );
});

test('wipeSecrets overwrites every secret, and leaves a copy alone', () => {
  const secrets = randomSecrets();
  const copy = copySecrets(secrets);
  const before = encode(roomSecretsCodec, secrets);
  wipeSecrets(secrets);
  assert.deepEqual(encode(roomSecretsCodec, secrets).slice(-192), new Uint8Array(192));
  assert.deepEqual(encode(roomSecretsCodec, copy), before);
});
