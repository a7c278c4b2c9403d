import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

test('Writer writes the data types of RFC 4251 one after the other', () => {
  const written = new Writer()
    .byte(0x2a)
    .boolean(true)
    .boolean(false)
    .uint32(699921578)
    .uint64(0x0102030405060708n)
    .string(Uint8Array.of(0xbe, 0xef))
    .text('€')
    .nameList(['zlib', 'none'])
    .bytes(Uint8Array.of(0xca, 0xfe))
    .finish();
  assert.equal(
    written.toHex(),
    '2a010029b7f4aa010203040506070800000002beef00000003e282ac000000097a6c69622c6e6f6e65cafe',
  );
});

test('Writer.mpint writes the examples of RFC 4251', () => {
  const examples: [bigint, string][] = [
    [0n, '00000000'],
    [0x9a378f9b2e332a7n, '0000000809a378f9b2e332a7'],
    [0x80n, '000000020080'],
    [-0x1234n, '00000002edcc'],
    [-0xdeadbeefn, '00000005ff21524111'],
    [-1n, '00000001ff'],
    [-0x80n, '0000000180'],
    [0x7fn, '000000017f'],
  ];
  for (const [value, hex] of examples)
    assert.equal(new Writer().mpint(value).finish().toHex(), hex, String(value));
});

test('Writer.nameList writes the examples of RFC 4251 and refuses names that would read as others', () => {
  assert.equal(new Writer().nameList([]).finish().toHex(), '00000000');
  assert.equal(new Writer().nameList(['zlib']).finish().toHex(), '000000047a6c6962');
  for (const bad of ['', 'a,b', 'a b', 'ä', 'a\0'])
    assert.throws(() => new Writer().nameList([bad]), RangeError, bad);
});

test('Writer refuses values that their type cannot hold', () => {
  const cases: ((writer: Writer) => unknown)[] = [
    (writer) => writer.byte(256),
    (writer) => writer.byte(-1),
    (writer) => writer.byte(1.5),
    (writer) => writer.uint32(2 ** 32),
    (writer) => writer.uint32(Number.NaN),
    (writer) => writer.uint64(-1n),
    (writer) => writer.uint64(2n ** 64n),
    (writer) => writer.text('\udc00'),
  ];
  for (const write of cases) assert.throws(() => write(new Writer()), RangeError, String(write));
});

test('Writer.finish empties the writer', () => {
  const writer = new Writer().byte(1);
  assert.deepEqual(writer.finish(), Uint8Array.of(1));
  assert.deepEqual(writer.finish(), new Uint8Array());
  assert.deepEqual(writer.byte(2).finish(), Uint8Array.of(2));
});

test('Writer grows without losing what was written', () => {
  const writer = new Writer();
  for (let value = 0; value < 1000; value += 1) writer.uint32(value);
  const reader = new Reader(writer.finish());
  for (let value = 0; value < 1000; value += 1) assert.equal(reader.uint32(), value);
  reader.end();
});

test('Writer.mpint and Reader.mpint agree on every integer, in the shortest form', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 600n), max: 2n ** 600n }), (value) => {
      const written = new Writer().mpint(value).finish();
      assert.equal(new Reader(written).mpint(80), value);
    }),
  );
});
