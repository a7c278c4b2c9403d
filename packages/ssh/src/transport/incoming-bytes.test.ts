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

  it('lets go of a chunk only when what was taken of it is not in use any more', () => {
    const released: number[][] = [];
    const incoming = new IncomingBytes((chunk) => released.push([...chunk]));
    incoming.push(Uint8Array.of(1, 2, 3));
    incoming.push(Uint8Array.of(4, 5));
    incoming.take(3);
    assert.deepEqual(released, []);
    incoming.take(1);
    assert.deepEqual(released, [[1, 2, 3]]);
    incoming.take(1);
    incoming.push(Uint8Array.of(6));
    assert.deepEqual(released, [
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('gives bytes of a Buffer whose slice is a copy', () => {
    const incoming = new IncomingBytes();
    const chunk = Buffer.of(1, 2, 3);
    incoming.push(chunk);
    const copy = incoming.take(3).slice();
    chunk.fill(0);
    assert.deepEqual(copy, Uint8Array.of(1, 2, 3));
  });
});
