import { FormatError } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as messages from './messages.ts';
import type { Message } from './messages.ts';

/** Whether these bytes are the message, and then the only way to write it. */
function checkCanonical<T>(message: Message<T>, body: Uint8Array): void {
  const payload = Uint8Array.of(message.number, ...body);
  let value: T;
  try {
    value = messages.decodeMessage(message, payload);
  } catch (error) {
    assert.ok(error instanceof FormatError, message.name);
    assert.ok(error.message.startsWith(`Cannot read ${message.name}: `));
    return;
  }
  assert.deepEqual(messages.encodeMessage(message, value), payload);
}

/** Bytes that often look like fields: short strings, small numbers, name lists. */
const fields = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 20 }).map((bytes) => [0, 0, 0, bytes.length, ...bytes]),
      fc
        .constantFrom('none', 'aes128-ctr,aes256-ctr', ',', 'a b')
        .map((text) => [0, 0, 0, text.length, ...Buffer.from(text)]),
      fc.nat(3).map((value) => [0, 0, 0, value]),
      fc.constantFrom([0], [1], [2], [255, 255, 255, 255]),
      fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => [...bytes]),
    ),
    { maxLength: 16 },
  )
  .map((parts) => Uint8Array.from(parts.flat()));

describe('decodeMessage', () => {
  it('reads what encodeMessage writes, and FormatError says what else came', () => {
    fc.assert(
      fc.property(fc.oneof(fields, fc.uint8Array({ maxLength: 200 })), (body) => {
        checkCanonical(messages.disconnect, body);
        checkCanonical(messages.unimplemented, body);
        checkCanonical(messages.serviceRequest, body);
        checkCanonical(messages.serviceAccept, body);
        checkCanonical(messages.extInfo, body);
        checkCanonical(messages.kexInit, body);
        checkCanonical(messages.exchangeInit, body);
        checkCanonical(messages.exchangeReply, body);
        checkCanonical(messages.ping, body);
        checkCanonical(messages.pong, body);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads KEXINIT in whichever form its lists are', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9@.-]{0,30}$/);
    const list = fc.array(name, { maxLength: 10 });
    const kexInit = fc.record({
      cookie: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      kex: list,
      hostKey: list,
      cipherToServer: list,
      cipherToClient: list,
      macToServer: list,
      macToClient: list,
      compressionToServer: list,
      compressionToClient: list,
      languageToServer: list,
      languageToClient: list,
      firstPacketFollows: fc.boolean(),
      reserved: fc.nat(),
    });
    fc.assert(
      fc.property(kexInit, (value) => {
        const payload = messages.encodeMessage(messages.kexInit, value);
        assert.deepEqual({ ...messages.decodeMessage(messages.kexInit, payload) }, { ...value });
        assert.throws(() => messages.decodeMessage(messages.kexInit, payload.subarray(0, -1)), FormatError);
      }),
    );
  });
});
