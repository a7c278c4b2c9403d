import assert from 'node:assert/strict';
import { test } from 'node:test';

import { testVectors } from '../testing/vectors.ts';
import { scrypt } from './scrypt.ts';

testVectors('scrypt gives the outputs of RFC 7914', 'scrypt.json', (vector) => {
  const cost = { N: vector.number('N'), r: vector.number('r'), p: vector.number('p') };
  const output = vector.bytes('output');
  assert.deepEqual(scrypt(vector.bytes('password'), vector.bytes('salt'), cost, output.length), output);
});

test('scrypt refuses a cost that RFC 7914 does not permit or that needs more than 1 GiB', () => {
  const empty = new Uint8Array();
  for (const cost of [
    { N: 1, r: 8, p: 1 },
    { N: 1000, r: 8, p: 1 },
    { N: 0, r: 8, p: 1 },
    { N: 1024, r: 0, p: 1 },
    { N: 1024, r: 8, p: 0 },
    { N: 1024, r: 1.5, p: 1 },
    { N: 2 ** 21, r: 8, p: 1 },
    { N: 2, r: 1024, p: 2 ** 20 },
  ]) {
    assert.throws(() => scrypt(empty, empty, cost, 32), RangeError, JSON.stringify(cost));
  }
  assert.throws(() => scrypt(empty, empty, { N: 16, r: 1, p: 1 }, 0), RangeError);
});
