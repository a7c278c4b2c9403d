import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decode, encode, FormatError } from '@orrery/bytes';
import fc from 'fast-check';
import { attributes, type Attributes } from './attributes.ts';
import * as messages from './messages.ts';

test('packet has the bytes of the draft', () => {
  const path = Buffer.from('/a');
  assert.equal(
    messages.packet(messages.open, 7, { path, flags: 26, attributes: { mode: 0o644 } }).toHex(),
    '000000170300000007000000022f610000001a00000004000001a4',
  );
  assert.equal(
    messages.packet(messages.read, 1, { handle: Buffer.of(9), offset: 2 ** 33, length: 5 }).toHex(),
    '0000001605000000010000000109000000020000000000000005',
  );
  assert.equal(messages.initPacket(messages.INIT, []).toHex(), '000000050100000003');
});

test('attributes are read back as they were written', () => {
  const plain = { noNullPrototype: true } as const;
  const uint32 = fc.nat({ max: 0xffff_ffff });
  const any: fc.Arbitrary<Attributes> = fc.record(
    {
      size: fc.maxSafeNat(),
      owner: fc.record({ uid: uint32, gid: uint32 }, plain),
      mode: uint32,
      times: fc.record({ accessed: uint32, modified: uint32 }, plain),
    },
    { requiredKeys: [], ...plain },
  );
  fc.assert(
    fc.property(any, (value) => assert.deepEqual(decode(attributes, encode(attributes, value)), value)),
  );
});

test('attributes skip what is extended, and refuse more of it than anybody has, and sizes of 2^53', () => {
  const one = '0000000100000001610000000162';
  assert.deepEqual(decode(attributes, Buffer.from(`80000004000001a4${one}`, 'hex')), { mode: 0o644 });
  assert.throws(() => decode(attributes, Buffer.from('80000000ffffffff', 'hex')), FormatError);
  assert.throws(() => decode(attributes, Buffer.from('000000010020000000000000', 'hex')), FormatError);
});

test('every message refuses arbitrary bytes with a FormatError, or reads them', () => {
  const codecs = Object.values(messages).flatMap((value) =>
    typeof value === 'object' && 'codec' in value ? [value.codec] : [],
  );
  assert.equal(codecs.length, 34);
  fc.assert(
    fc.property(fc.constantFrom(...codecs), fc.uint8Array({ maxLength: 200 }), (codec, bytes) => {
      try {
        decode(codec as (typeof messages.open)['codec'], bytes);
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
