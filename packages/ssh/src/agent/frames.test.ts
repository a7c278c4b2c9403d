import assert from 'node:assert/strict';
import { Duplex, Readable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { frame, readFrames } from './frames.ts';

function streamOf(chunks: readonly Uint8Array[]): Duplex {
  return Duplex.from(
    Readable.from(
      chunks.map((chunk) => Buffer.from(chunk)),
      { objectMode: false },
    ),
  );
}

async function framesOf(...hex: readonly string[]): Promise<readonly string[]> {
  const messages: string[] = [];
  for await (const message of readFrames(streamOf(hex.map((part) => Uint8Array.fromHex(part)))))
    messages.push(message.toHex());
  return messages;
}

test('readFrames gives messages however they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      async (messages, lengths) => {
        const bytes = Uint8Array.from(messages.flatMap((message) => [...frame(message)]));
        const parts: string[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const length = lengths[turn % lengths.length] ?? 1;
          parts.push(bytes.subarray(at, at + length).toHex());
          at += length;
        }
        assert.deepEqual(
          await framesOf(...parts),
          messages.map((message) => message.toHex()),
        );
      },
    ),
    { numRuns: 50 },
  );
});

test('readFrames refuses lengths that are none, before the message has come', async () => {
  const error = (length: number) => ({
    code: 'malformed',
    message: `Cannot read message: found ${length} bytes, 1 to 262144 expected`,
  });
  await assert.rejects(framesOf('00000000'), error(0));
  await assert.rejects(framesOf('00040001'), error(262_145));
  await assert.rejects(framesOf('ffffffff00'), error(4_294_967_295));
});

test('readFrames refuses an end inside of a message', async () => {
  await assert.rejects(framesOf('0000000201'), { code: 'closed' });
  await assert.rejects(framesOf('0000'), { code: 'closed' });
});

test(
  'readFrames takes the longest message byte by byte, in no more time than it needs',
  { timeout: 20_000 },
  async () => {
    const length = 262_144;
    async function* bytes(): AsyncGenerator<Uint8Array, void, void> {
      yield Uint8Array.fromHex('00040000');
      for (let at = 0; at < length; at += 1) yield Uint8Array.of(at);
    }
    const [message, ...others] = await Array.fromAsync(readFrames(bytes()));
    assert.equal(message?.length, length);
    assert.equal(message[length - 2], 0xfe);
    assert.deepEqual(others, []);
    await setImmediate(); // a timeout that is due comes first
  },
);
