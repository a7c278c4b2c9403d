import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';

import {
  type Codec,
  type Value,
  boolean,
  byte,
  decode,
  encode,
  fixed,
  literal,
  mpint,
  nameList,
  raw,
  string,
  text,
  uint32,
  uint64,
} from './codec.ts';
import { FormatError, UnknownKindError } from './format-error.ts';
import { list, nested, optional, struct, variant } from './message.ts';

const shape = variant('kind', {
  circle: struct({ radius: uint32 }),
  polygon: struct({ name: text(8), corners: list(struct({ x: uint32, y: uint32 }), 4) }),
});

/** One field of every codec. */
const everything = struct({
  magic: literal('orrery'),
  byte,
  flag: boolean,
  number: uint32,
  large: uint64,
  bytes: string(20),
  text: text(20),
  names: nameList(40),
  integer: mpint(10),
  hash: fixed(4),
  raw: raw(2),
  items: list(uint32, 3),
  maybe: optional(text(5)),
  inner: nested(struct({ flag: boolean }), 10),
  shape,
});

test('struct reads and writes its fields in the order of their declaration', () => {
  const codec = struct({ b: byte, a: text(10) });
  assert.equal(encode(codec, { a: 'x', b: 7 }).toHex(), '070000000178');
  assert.deepEqual(decode(codec, Uint8Array.fromHex('070000000178')), { b: 7, a: 'x' });
});

test('list limits its items on both ways', () => {
  const codec = list(byte, 2);
  assert.equal(encode(codec, [7, 8]).toHex(), '000000020708');
  assert.throws(() => encode(codec, [1, 2, 3]), RangeError);
  assert.throws(() => decode(codec, Uint8Array.fromHex('00000003010203')), {
    name: 'FormatError',
    message: 'Cannot read list at offset 0: found 3 items, at most 2 expected',
  });
});

test('optional puts a boolean before its item', () => {
  assert.equal(encode(optional(byte), 7).toHex(), '0107');
  assert.equal(encode(optional(byte), undefined).toHex(), '00');
  assert.equal(decode(optional(byte), Uint8Array.of(0)), undefined);
});

test('nested holds exactly one value', () => {
  const codec = nested(uint32, 8);
  assert.equal(encode(codec, 5).toHex(), '0000000400000005');
  assert.throws(() => decode(codec, Uint8Array.fromHex('000000050000000500')), FormatError);
  assert.throws(() => decode(codec, Uint8Array.fromHex('00000003000000')), FormatError);
  assert.throws(() => encode(nested(uint32, 3), 5), RangeError);
});

test('variant names its kind and reads it as the tag of the object', () => {
  const circle: Value<typeof shape> = { kind: 'circle', radius: 5 };
  const bytes = encode(shape, circle);
  assert.equal(bytes.toHex(), '00000006636972636c650000000400000005');
  assert.deepEqual(decode(shape, bytes), { kind: 'circle', radius: 5 });
});

test('variant throws UnknownKindError with the kind, also for names that every object has', () => {
  for (const kind of ['square', 'constructor', '__proto__', 'toString']) {
    const bytes = encode(struct({ kind: text(64), body: string(8) }), { kind, body: new Uint8Array(3) });
    assert.throws(
      () => decode(shape, bytes),
      (error) => error instanceof UnknownKindError && error instanceof FormatError && error.kind === kind,
    );
  }
});

test('variant refuses to declare a kind whose name is too long', () => {
  assert.throws(() => variant('kind', { ['k'.repeat(65)]: struct({}) }), RangeError);
});

const names = fc.array(fc.stringMatching(/^[a-z0-9@.-]{1,9}$/), { maxLength: 4 });
const values: fc.Arbitrary<Value<typeof everything>> = fc.record(
  {
    magic: fc.constant('orrery' as const),
    byte: fc.nat(255),
    flag: fc.boolean(),
    number: fc.nat(0xffff_ffff),
    large: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    bytes: fc.uint8Array({ maxLength: 20 }),
    text: fc.string({ unit: 'binary', maxLength: 5 }),
    names,
    integer: fc.bigInt({ min: -(2n ** 79n), max: 2n ** 79n - 1n }),
    hash: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    raw: fc.uint8Array({ minLength: 2, maxLength: 2 }),
    items: fc.array(fc.nat(0xffff_ffff), { maxLength: 3 }),
    maybe: fc.option(fc.string({ maxLength: 5 }), { nil: undefined }),
    inner: fc.record({ flag: fc.boolean() }, { noNullPrototype: true }),
    shape: fc.oneof(
      fc.record(
        { kind: fc.constant('circle' as const), radius: fc.nat(0xffff_ffff) },
        { noNullPrototype: true },
      ),
      fc.record(
        {
          kind: fc.constant('polygon' as const),
          name: fc.string({ maxLength: 8 }),
          corners: fc.array(fc.record({ x: fc.nat(9), y: fc.nat(9) }, { noNullPrototype: true }), {
            maxLength: 4,
          }),
        },
        { noNullPrototype: true },
      ),
    ),
  },
  { noNullPrototype: true },
);

test('decode gives back every message that encode wrote', () => {
  fc.assert(
    fc.property(values, (value) => assert.deepEqual(decode(everything, encode(everything, value)), value)),
  );
});

/** Bad bytes are a FormatError; good bytes are the only ones of their value. */
function assertCanonical<T>(codec: Codec<T>, bytes: Uint8Array): void {
  try {
    assert.deepEqual(encode(codec, decode(codec, bytes)), bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}

test('decode accepts only the bytes that encode would write, and throws nothing but FormatError for others', () => {
  const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
  fc.assert(
    fc.property(values, mutations, (value, changes) => {
      const bytes = encode(everything, value);
      for (const [at, byteThere] of changes) bytes[at % bytes.length] = byteThere;
      assertCanonical(everything, bytes);
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => assertCanonical(shape, bytes)));
});

test('decode refuses every truncation of a message', () => {
  fc.assert(
    fc.property(values, fc.nat(), (value, cut) => {
      const bytes = encode(everything, value);
      assert.throws(() => decode(everything, bytes.subarray(0, cut % bytes.length)), FormatError);
    }),
  );
});
