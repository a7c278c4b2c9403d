import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, encode, fixed, FormatError, raw, struct, text, uint32 } from '@orrery/bytes';
import { aes256Gcm, DecryptError, hkdfSha256, randomBytes } from '@orrery/crypto';
import fc from 'fast-check';
import { MAX_FILE_BYTES } from './limits.ts';
import { openObject, paddedLength, sealObject, type ObjectContext } from './object.ts';

const context: ObjectContext = { account: randomBytes(32), epoch: 3, epochKey: randomBytes(32) };
const otherContexts: readonly (readonly [string, ObjectContext])[] = [
  ['another account', { ...context, account: randomBytes(32) }],
  ['another epoch', { ...context, epoch: 4 }],
  ['another key', { ...context, epochKey: randomBytes(32) }],
];

/** An object of `id` that holds `content`, whatever it is. */
function sealPadded(id: Uint8Array, content: Uint8Array): Uint8Array {
  const binding = encode(struct({ label: text(64), account: fixed(32), epoch: uint32, id: raw(16) }), {
    label: 'orrery/vault/1/object',
    account: context.account,
    epoch: 3,
    id,
  });
  const nonce = new Uint8Array(12);
  const key = hkdfSha256(context.epochKey, id, binding, 32);
  return concat(nonce, aes256Gcm.seal(key, nonce, content, binding));
}

function padded(length: number, content: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(7, 4, 4 + content);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}

test('paddedLength is 1 KiB at least, then Padmé', () => {
  const table = [
    [0, 1024],
    [1024, 1024],
    [1025, 1088],
    [1088, 1088],
    [1089, 1152],
    [2047, 2048],
    [2048, 2048],
    [2049, 2176],
    [10_000, 10_240],
    [65_535, 65_536],
    [65_536, 65_536],
    [65_537, 67_584],
    [1_000_000, 1_015_808],
    [1_048_577, 1_081_344],
    [4_194_303, 4_194_304],
    [4_194_304, 4_194_304],
    [4_194_308, 4_325_376],
  ] as const;
  for (const [length, expected] of table) assert.equal(paddedLength(length), expected, String(length));
});

test('paddedLength never shrinks, wastes at most an eighth, and gives itself back', () => {
  fc.assert(
    fc.property(fc.nat({ max: 5_000_000 }), (length) => {
      const result = paddedLength(length);
      assert.ok(result >= length && result >= paddedLength(Math.max(0, length - 1)));
      assert.ok(length <= 1024 || result - length <= length / 8);
      assert.equal(paddedLength(result), result);
    }),
  );
});

test('openObject gives what sealObject took, of any length', () => {
  for (const length of [0, 1, 1019, 1020, 1021, 5000, 100_000]) {
    const plaintext = randomBytes(length);
    const { id, bytes } = sealObject(context, plaintext);
    assert.equal(id.length, 16);
    assert.equal(bytes.length, paddedLength(length + 4) + 28);
    assert.deepEqual(openObject(context, id, bytes), plaintext);
  }
});

test('sealObject makes another id and other bytes each time', () => {
  const [a, b] = [sealObject(context, new Uint8Array(9)), sealObject(context, new Uint8Array(9))];
  assert.notDeepEqual(a.id, b.id);
  assert.notDeepEqual(a.bytes, b.bytes);
});

test('sealObject takes the largest file, and nothing that could not be opened again', () => {
  const { id, bytes } = sealObject(context, new Uint8Array(MAX_FILE_BYTES));
  assert.equal(openObject(context, id, bytes).length, MAX_FILE_BYTES);
  const largest = 4_849_660;
  const sealed = sealObject(context, new Uint8Array(largest));
  assert.equal(openObject(context, sealed.id, sealed.bytes).length, largest);
  assert.throws(() => sealObject(context, new Uint8Array(largest + 1)), {
    name: 'RangeError',
    message: 'Cannot seal object: 4980764 bytes, at most 4980736 expected',
  });
});

test('openObject refuses another id, account, epoch or key', () => {
  const { id, bytes } = sealObject(context, new Uint8Array(9));
  for (const [name, other] of otherContexts)
    assert.throws(() => openObject(other, id, bytes), DecryptError, name);
  assert.throws(() => openObject(context, randomBytes(16), bytes), DecryptError);
  const other = sealObject(context, new Uint8Array(9));
  assert.throws(() => openObject(context, id, other.bytes), DecryptError);
});

test('objects that are not bound to their ids could be exchanged: the control for the test above', () => {
  const nonce = new Uint8Array(12);
  const seal = (_id: Uint8Array, content: Uint8Array): Uint8Array =>
    aes256Gcm.seal(context.epochKey, nonce, content, new Uint8Array());
  const open = (_id: Uint8Array, bytes: Uint8Array): Uint8Array =>
    aes256Gcm.open(context.epochKey, nonce, bytes, new Uint8Array());
  assert.deepEqual(open(randomBytes(16), seal(randomBytes(16), Uint8Array.of(7))), Uint8Array.of(7));
});

test('openObject refuses any bit flipped and any byte missing', () => {
  const { id, bytes } = sealObject(context, new Uint8Array(9));
  for (let at = 0; at < bytes.length; at++) {
    const bad = bytes.with(at, (bytes[at] ?? 0) ^ (1 << (at % 8)));
    assert.throws(() => openObject(context, id, bad), DecryptError);
  }
  for (const length of [0, 1, 11, 12, 27, 28, 1000, 1051])
    assert.throws(() => openObject(context, id, bytes.subarray(0, length)), {
      name: 'FormatError',
      message: `Cannot open object: ${length} bytes, 1052 to 4980736 expected`,
    });
  assert.throws(() => openObject(context, id, new Uint8Array(4_980_737)), FormatError);
  assert.throws(() => openObject(context, id, concat(bytes, new Uint8Array(1))), DecryptError);
});

test('openObject refuses a padding that sealObject does not make', () => {
  const id = randomBytes(16);
  assert.deepEqual(openObject(context, id, sealPadded(id, padded(3, 3, 1024))), new Uint8Array(3).fill(7));
  const bad = {
    'a byte in the padding': padded(3, 4, 1024),
    'the last byte of the padding': padded(3, 3, 1024).with(1023, 1),
    'more padding than needed': padded(3, 3, 1088),
    'less padding than needed': padded(1021, 1021, 1025),
    'a length beyond its end': padded(1021, 1020, 1024),
    'a huge length': padded(0xffff_ffff, 0, 1024),
  };
  for (const [name, bytes] of Object.entries(bad))
    assert.throws(() => openObject(context, id, sealPadded(id, bytes)), FormatError, name);
});

test('openObject answers any bytes with a DecryptError or a FormatError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000, size: 'max' }), (bytes) => {
      assert.throws(
        () => openObject(context, new Uint8Array(16), bytes),
        (error) => error instanceof DecryptError || error instanceof FormatError,
      );
    }),
  );
});
