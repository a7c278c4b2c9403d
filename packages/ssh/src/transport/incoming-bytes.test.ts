import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { IncomingBytes } from './incoming-bytes.ts';

describe('IncomingBytes', () => {
  it('gives what was pushed, in pieces of other lengths', () => {
    const chunk = fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ push: bytes }));
    const taking = fc.nat(60).map((length) => ({ take: length }));
    fc.assert(
      fc.property(fc.array(fc.oneof(chunk, taking), { maxLength: 150 }), (steps) => {
        const incoming = new IncomingBytes();
        let expected = Buffer.alloc(0);
        for (const step of steps) {
          if ('push' in step) {
            incoming.push(step.push);
            expected = Buffer.concat([expected, step.push]);
          } else {
            const length = Math.min(step.take, expected.length);
            assert.deepEqual(Buffer.from(incoming.peek(length)), expected.subarray(0, length));
            assert.deepEqual(Buffer.from(incoming.take(length)), expected.subarray(0, length));
            expected = expected.subarray(length);
          }
          assert.equal(incoming.length, expected.length);
        }
      }),
    );
  });

  it('copies nothing that lies in one chunk', () => {
    const incoming = new IncomingBytes();
    const chunk = Uint8Array.of(1, 2, 3, 4, 5);
    incoming.push(chunk);
    assert.equal(incoming.take(3).buffer, chunk.buffer);
    assert.equal(incoming.take(2).buffer, chunk.buffer);
  });
});
