import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import { FormatError } from './format-error.ts';
import { Reader } from './reader.ts';

const LIMIT = 1000;

function reader(hex: string): Reader {
  return new Reader(Uint8Array.fromHex(hex.replaceAll(' ', '')));
}

function failure(message: string): { name: string; message: string } {
  return { name: 'FormatError', message };
}

test('Reader reads the data types of RFC 4251 one after the other', () => {
  const input = reader(
    '2a 01 00 29b7f4aa 0102030405060708 00000002 beef 00000003 e282ac 00000009 7a6c69622c6e6f6e65 cafe',
  );
  assert.equal(input.byte(), 0x2a);
  assert.equal(input.boolean(), true);
  assert.equal(input.boolean(), false);
  assert.equal(input.uint32(), 699921578); // the example of RFC 4251
  assert.equal(input.uint64(), 0x0102030405060708n);
  assert.deepEqual(input.string(2), Uint8Array.of(0xbe, 0xef));
  assert.equal(input.text(3), '€');
  assert.deepEqual(input.nameList(9), ['zlib', 'none']);
  assert.equal(input.offset, 41);
  assert.equal(input.remaining, 2);
  assert.deepEqual(input.bytes(1), Uint8Array.of(0xca));
  assert.deepEqual(input.rest(), Uint8Array.of(0xfe));
  input.end();
});

test('Reader returns views into its input, of plain Uint8Array even for a Buffer', () => {
  const input = Buffer.from('00000001ff', 'hex');
  const view = new Reader(input).string(LIMIT);
  assert.equal(view.constructor, Uint8Array);
  input[4] = 7;
  assert.deepEqual(view, Uint8Array.of(7));
});

test('Reader says what is missing and where', () => {
  assert.throws(
    () => reader('0000').uint32(),
    failure('Cannot read uint32 at offset 0: 2 bytes left, 4 needed'),
  );
  assert.throws(() => reader('').byte(), failure('Cannot read byte at offset 0: 0 bytes left, 1 needed'));
  assert.throws(
    () => reader('00').uint64(),
    failure('Cannot read uint64 at offset 0: 1 bytes left, 8 needed'),
  );
  assert.throws(
    () => reader('00000002ff').string(LIMIT),
    failure('Cannot read string at offset 4: 1 bytes left, 2 needed'),
  );
  assert.throws(
    () => reader('ff').end(),
    failure('Cannot end reading at offset 0: 1 bytes left, 0 expected'),
  );
});

test('Reader.string refuses a length above its limit before looking at the bytes', () => {
  assert.throws(
    () => reader('ffffffff').string(16),
    failure('Cannot read string at offset 0: found 4294967295 bytes, at most 16 expected'),
  );
});

test('Reader.boolean accepts only 0 and 1', () => {
  assert.throws(
    () => reader('02').boolean(),
    failure('Cannot read boolean at offset 0: found 2, expected 0 or 1'),
  );
});

test('Reader.text refuses bytes that are not UTF-8 and keeps a byte order mark', () => {
  for (const bad of ['00000001 ff', '00000002 c080', '00000003 eda080', '00000001 c3']) {
    assert.throws(() => reader(bad).text(LIMIT), FormatError, bad);
  }
  assert.equal(reader('00000004 efbbbf61').text(LIMIT), '\ufeffa');
});

test('Reader.nameList reads the examples of RFC 4251 and refuses other forms', () => {
  assert.deepEqual(reader('00000000').nameList(LIMIT), []);
  assert.deepEqual(reader('00000004 7a6c6962').nameList(LIMIT), ['zlib']);
  for (const bad of [
    '00000001 2c',
    '00000003 612c2c',
    '00000002 612c',
    '00000002 2c61',
    '00000002 6100',
    '00000003 612062',
    '00000002 c3a4',
  ]) {
    assert.throws(() => reader(bad).nameList(LIMIT), FormatError, bad);
  }
});

test('Reader.mpint reads the examples of RFC 4251', () => {
  assert.equal(reader('00000000').mpint(LIMIT), 0n);
  assert.equal(reader('00000008 09a378f9b2e332a7').mpint(LIMIT), 0x9a378f9b2e332a7n);
  assert.equal(reader('00000002 0080').mpint(LIMIT), 0x80n);
  assert.equal(reader('00000002 edcc').mpint(LIMIT), -0x1234n);
  assert.equal(reader('00000005 ff21524111').mpint(LIMIT), -0xdeadbeefn);
});

test('Reader.mpint refuses every form that is not the shortest', () => {
  for (const bad of ['00000001 00', '00000002 007f', '00000002 ff80', '00000003 000080', '00000002 ffff']) {
    assert.throws(
      () => reader(bad).mpint(LIMIT),
      failure('Cannot read mpint at offset 0: found an unnecessary leading byte'),
      bad,
    );
  }
  assert.throws(
    () => reader('00000002 0080').mpint(1),
    failure('Cannot read mpint at offset 0: found 2 bytes, at most 1 expected'),
  );
});

test('Reader.bytes refuses a length that is no count of bytes', () => {
  assert.throws(() => reader('00').bytes(-1), RangeError);
  assert.throws(() => reader('00').bytes(0.5), RangeError);
});

test('Reader throws nothing but FormatError for any bytes, and never moves past the end', () => {
  const methods = [
    'byte',
    'boolean',
    'uint32',
    'uint64',
    'rest',
    'end',
    'string',
    'text',
    'nameList',
    'mpint',
  ] as const;
  const short = fc.uint8Array({ maxLength: 6 });
  const prefixed = short.map((body) => Uint8Array.of(0, 0, 0, body.length, ...body));
  const inputs = fc
    .array(fc.oneof(short, prefixed), { maxLength: 4 })
    .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));
  fc.assert(
    fc.property(inputs, fc.array(fc.constantFrom(...methods)), (bytes, calls) => {
      const input = new Reader(bytes);
      try {
        for (const method of calls) input[method](4);
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
      }
      assert.ok(input.offset + input.remaining === bytes.length && input.remaining >= 0);
    }),
  );
});
