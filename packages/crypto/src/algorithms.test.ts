import assert from 'node:assert/strict';
import { test } from 'node:test';

import { aeads, kems, signatureAlgorithms } from './algorithms.ts';

const lists = [signatureAlgorithms, kems, aeads];
const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);

test('the default algorithms are hybrid, supported and not insecure', () => {
  assert.deepEqual(names(signatureAlgorithms.default), ['ML-DSA-65', 'Ed25519']);
  assert.deepEqual(names(kems.default), ['X-Wing']);
  assert.deepEqual(names(aeads.default), ['AES-256-GCM']);
  for (const list of lists) {
    assert.deepEqual(
      names(list.default).filter((name) => !names(list.supported).includes(name)),
      [],
    );
    assert.deepEqual(
      names(list.insecure).filter((name) => names(list.supported).includes(name)),
      [],
    );
  }
});

test('every algorithm has a name of its own', () => {
  const all = lists.flatMap(({ supported, insecure }) => [...names(supported), ...names(insecure)]);
  assert.equal(new Set(all).size, all.length);
});
