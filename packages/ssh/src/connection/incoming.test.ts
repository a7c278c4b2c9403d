import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { Incoming } from './incoming.ts';

function make() {
  const taken = { bytes: 0 };
  const stream = new Readable({ read: () => incoming.want() });
  const incoming: Incoming = new Incoming(stream, (bytes) => {
    taken.bytes += bytes;
  });
  return { incoming, stream, taken };
}

describe('Incoming', () => {
  it('takes nothing before the consumer asks, and then all in order', async () => {
    const { incoming, stream, taken } = make();
    const pieces = [Buffer.alloc(5000, 1), Buffer.from([2]), Buffer.from([3]), Buffer.alloc(9000, 4)];
    for (const piece of pieces) incoming.add(piece);
    incoming.add(new Uint8Array());
    assert.equal(taken.bytes, 0);
    incoming.end();
    assert.deepEqual(await buffer(stream), Buffer.concat(pieces));
    assert.equal(taken.bytes, 14_002);
  });

  it('counts what the consumer gives back at once', async () => {
    const { incoming, stream, taken } = make();
    stream.on('data', (bytes: Buffer) => void (bytes.buffer as ArrayBuffer).transfer(0));
    await new Promise((resolve) => setImmediate(resolve)); // it flows
    incoming.add(new Uint8Array(5000));
    incoming.add(new Uint8Array(6000));
    assert.equal(taken.bytes, 11_000);
  });

  it('stops taking when the consumer has enough', async () => {
    const { incoming, stream, taken } = make();
    for (let piece = 0; piece < 100; piece++) incoming.add(Buffer.alloc(10_000));
    stream.read(1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(taken.bytes <= stream.readableHighWaterMark + 20_000);
    assert.ok(taken.bytes > 0);
  });

  it('puts single bytes together while they wait', () => {
    const { incoming } = make();
    const before = process.memoryUsage();
    for (let byte = 0; byte < 1_000_000; byte++) incoming.add(Buffer.of(byte & 255));
    const after = process.memoryUsage();
    assert.ok(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers < 64_000_000);
  });

  it('drops what comes after the end, and what is refused, without holding the sender up', async () => {
    const { incoming, stream, taken } = make();
    incoming.add(Buffer.from('kept'));
    incoming.refuse();
    incoming.add(Buffer.from('dropped'));
    assert.equal(taken.bytes, 11);
    incoming.end();
    incoming.add(Buffer.from('late'));
    assert.equal(taken.bytes, 15);
    assert.deepEqual(await buffer(stream), Buffer.alloc(0));
  });
});
