import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';
import { MAX_PACKET } from './limits.ts';
import { PacketSplitter } from './packet-splitter.ts';

/** What comes out when the bytes arrive in pieces of these sizes. */
function split(bytes: Uint8Array, sizes: readonly number[]): { packets: string[]; isEmpty: boolean } {
  const splitter = new PacketSplitter();
  const packets: string[] = [];
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const end = at + Math.max(sizes[piece % sizes.length] ?? 1, 1);
    splitter.add(bytes.subarray(at, end));
    for (let packet = splitter.next(); packet !== undefined; packet = splitter.next())
      packets.push(packet.toHex());
    at = end;
  }
  return { packets, isEmpty: splitter.isEmpty };
}

function framed(body: Uint8Array): Uint8Array {
  const packet = Buffer.alloc(4 + body.length);
  packet.writeUInt32BE(body.length);
  packet.set(body, 4);
  return packet;
}

test('PacketSplitter gives the same packets however the bytes arrive', () => {
  const body = fc.uint8Array({ minLength: 1, maxLength: 3000 });
  const sizes = fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(body, { maxLength: 12 }), sizes, (bodies, pieces) => {
      const whole = Buffer.concat(bodies.map(framed));
      assert.deepEqual(split(whole, pieces), { packets: bodies.map((one) => one.toHex()), isEmpty: true });
    }),
  );
});

test('PacketSplitter takes the largest packet, and says when one is broken off', () => {
  const largest = framed(new Uint8Array(MAX_PACKET).fill(7));
  assert.deepEqual(split(largest, [65_536]), { packets: ['07'.repeat(MAX_PACKET)], isEmpty: true });
  assert.deepEqual(split(largest.subarray(0, -1), [65_536]), { packets: [], isEmpty: false });
});

test('PacketSplitter refuses a length of 0 and one above the limit, before the packet has arrived', () => {
  for (const length of [0, MAX_PACKET + 1, 0xffff_ffff]) {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(length);
    assert.throws(() => split(head, [1]), {
      name: 'FormatError',
      message: `Cannot read SFTP packet: found ${length} bytes, 1 to 262144 expected`,
    });
  }
});
