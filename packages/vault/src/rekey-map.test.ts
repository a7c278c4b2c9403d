import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '@orrery/bytes';
import fc from 'fast-check';
import { objectId } from '../testing/account.ts';
import { currentId, decodeRekeyMap, encodeRekeyMap, originalId } from './rekey-map.ts';

/** A map as bytes, from pairs of numbers of objects. */
function mapOf(...pairs: readonly (readonly [number, number])[]): Uint8Array {
  const label = '000000186f72726572792f7661756c742f312f72656b65792d6d6170';
  const count = pairs.length.toString(16).padStart(8, '0');
  const ids = pairs.flat().map((number) => objectId(number).toHex());
  return Uint8Array.fromHex([label, '05'.repeat(32), count, ...ids].join(''));
}

test('decodeRekeyMap reads pairs of ids, which currentId and originalId follow', () => {
  const map = decodeRekeyMap(mapOf([1, 11], [2, 12]));
  assert.deepEqual(currentId(map, objectId(1)), objectId(11));
  assert.deepEqual(currentId(map, objectId(3)), objectId(3));
  assert.deepEqual(originalId(map, objectId(12)), objectId(2));
  assert.deepEqual(originalId(map, objectId(2)), objectId(2));
  assert.deepEqual(originalId(map, objectId(11)), objectId(1));
});

test('encodeRekeyMap writes what decodeRekeyMap reads, under a fresh salt', () => {
  const map = decodeRekeyMap(mapOf([1, 11], [2, 12]));
  const [a, b] = [encodeRekeyMap(map), encodeRekeyMap(map)];
  assert.deepEqual(decodeRekeyMap(a), map);
  assert.notDeepEqual(a, b);
  assert.deepEqual(a.with(30, 5).subarray(60), mapOf([1, 11], [2, 12]).subarray(60));
});

test('decodeRekeyMap refuses an id twice on one side', () => {
  for (const bytes of [mapOf([1, 11], [1, 12]), mapOf([1, 11], [2, 11])])
    assert.throws(() => decodeRekeyMap(bytes), {
      name: 'FormatError',
      message: 'Cannot read rekey map: it names an object twice',
    });
  assert.equal(decodeRekeyMap(mapOf([1, 11], [11, 1])).size, 2);
});

test('decodeRekeyMap answers any bytes, and any map cut short, with a FormatError', () => {
  const good = mapOf([1, 11], [2, 12]);
  for (let length = 0; length < good.length; length++)
    assert.throws(() => decodeRekeyMap(good.subarray(0, length)), FormatError);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.throws(() => decodeRekeyMap(bytes), FormatError)));
});

test('originalId undoes currentId, for every object of a map', () => {
  const pairs = fc.uniqueArray(fc.nat(), { minLength: 2, maxLength: 100 });
  fc.assert(
    fc.property(pairs, (numbers) => {
      const half = Math.floor(numbers.length / 2);
      const map = new Map(
        numbers
          .slice(0, half)
          .map((number, index) => [objectId(number).toHex(), objectId(numbers[half + index] ?? 0)]),
      );
      const read = decodeRekeyMap(encodeRekeyMap(map));
      for (const number of numbers.slice(0, half))
        assert.deepEqual(originalId(read, currentId(read, objectId(number))), objectId(number));
    }),
  );
});
