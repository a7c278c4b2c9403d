import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classicSuite, findSuite, hybridSuite } from './suite.ts';

test('findSuite finds the suites of this version by their exact names', () => {
  assert.equal(findSuite('mldsa65-ed25519-xwing'), hybridSuite);
  assert.equal(findSuite('p256'), classicSuite);
  for (const name of ['', 'P256', 'p256 ', 'toString', '__proto__']) assert.equal(findSuite(name), undefined);
});

test('the suites name their algorithms in the order in which they sign', () => {
  const describe = [hybridSuite, classicSuite].map(({ signatures, token, kem, postQuantum }) => [
    signatures.map(({ name }) => name),
    token.alg,
    signatures[token.index]?.name,
    kem.name,
    postQuantum,
  ]);
  assert.deepEqual(describe, [
    [['ML-DSA-65', 'Ed25519'], 'ML-DSA-65', 'ML-DSA-65', 'X-Wing', true],
    [['ECDSA-P256-SHA256'], 'ES256', 'ECDSA-P256-SHA256', 'DHKEM(P-256, HKDF-SHA256)', false],
  ]);
});
