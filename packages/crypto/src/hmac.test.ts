import assert from 'node:assert/strict';

import { testVectors } from '../testing/vectors.ts';
import { hmacSha256, insecureHmacSha1 } from './hmac.ts';

const functions: Readonly<Record<string, typeof hmacSha256>> = { hmacSha256, insecureHmacSha1 };

testVectors('hmacSha256 and insecureHmacSha1 give the published outputs', 'hmac.json', (vector) => {
  if (vector.text('function') === 'hmacSha512') return; // an imported key has its own test
  const hmac = functions[vector.text('function')];
  assert.deepEqual(hmac?.(vector.bytes('key'), vector.bytes('message')), vector.bytes('output'));
});
