import assert from 'node:assert/strict';
import { test } from 'node:test';

import { decode, encode, fixed, literal, mpint, nameList, raw, string, text, uint32 } from './codec.ts';

function failure(message: string): { name: string; message: string } {
  return { name: 'FormatError', message };
}

test('decode refuses bytes behind the value', () => {
  assert.equal(decode(uint32, Uint8Array.of(0, 0, 0, 5)), 5);
  assert.throws(
    () => decode(uint32, Uint8Array.of(0, 0, 0, 5, 0)),
    failure('Cannot end reading at offset 4: 1 bytes left, 0 expected'),
  );
});

test('fixed reads and writes only its own length', () => {
  const codec = fixed(2);
  assert.deepEqual(encode(codec, Uint8Array.of(7, 8)), Uint8Array.of(0, 0, 0, 2, 7, 8));
  assert.deepEqual(decode(codec, Uint8Array.of(0, 0, 0, 2, 7, 8)), Uint8Array.of(7, 8));
  assert.throws(
    () => decode(codec, Uint8Array.of(0, 0, 0, 1, 7)),
    failure('Cannot read string at offset 0: found 1 bytes, 2 expected'),
  );
  assert.throws(
    () => decode(codec, Uint8Array.of(0, 0, 0, 3, 7, 8, 9)),
    failure('Cannot read string at offset 0: found 3 bytes, at most 2 expected'),
  );
  assert.throws(() => encode(codec, Uint8Array.of(7)), RangeError);
});

test('raw has no length prefix', () => {
  assert.deepEqual(encode(raw(2), Uint8Array.of(7, 8)), Uint8Array.of(7, 8));
  assert.deepEqual(decode(raw(2), Uint8Array.of(7, 8)), Uint8Array.of(7, 8));
  assert.throws(() => encode(raw(2), Uint8Array.of(7, 8, 9)), RangeError);
});

test('literal accepts its own text only, and does not repeat another', () => {
  const codec = literal('abc');
  assert.equal(decode(codec, encode(codec, 'abc')), 'abc');
  for (const other of ['abd', 'ab']) {
    assert.throws(
      () => decode(codec, encode(text(10), other)),
      failure('Cannot read text at offset 0: found another text, "abc" expected'),
    );
  }
});

test('codecs write nothing that they would refuse to read', () => {
  assert.throws(() => encode(string(2), new Uint8Array(3)), RangeError);
  assert.throws(() => encode(text(2), '€'), RangeError);
  assert.throws(() => encode(nameList(3), ['ab', 'c']), RangeError);
  assert.throws(() => encode(mpint(1), 128n), RangeError);
  assert.throws(() => encode(mpint(1), -129n), RangeError);
  assert.equal(decode(mpint(1), encode(mpint(1), -128n)), -128n);
  assert.deepEqual(decode(nameList(4), encode(nameList(4), ['ab', 'c'])), ['ab', 'c']);
});
