import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assembleAlgorithms, unknownAlgorithm } from './algorithm-lists.ts';

const spoken = { ciphers: ['new@example.org'], macs: [], kex: [], keys: ['ssh-ed25519'], userKeys: [] };

test('assembleAlgorithms adds, removes, puts first and replaces', () => {
  const defaults = ['a', 'b', 'c'];
  const known = [...defaults, 'd'];
  assert.deepEqual(assembleAlgorithms(undefined, defaults, known), ['a', 'b', 'c']);
  assert.deepEqual(assembleAlgorithms('+d,a', defaults, known), ['a', 'b', 'c', 'd']);
  assert.deepEqual(assembleAlgorithms('-b,x', defaults, known), ['a', 'c']);
  assert.deepEqual(assembleAlgorithms('-*', defaults, known), []);
  assert.deepEqual(assembleAlgorithms('^d,b', defaults, known), ['d', 'b', 'a', 'c']);
  assert.deepEqual(assembleAlgorithms('c,a,c', defaults, known), ['c', 'a']);
});

test('unknownAlgorithm knows our names and those of OpenSSH', () => {
  assert.equal(unknownAlgorithm('new@example.org,aes256-ctr', 'ciphers', spoken), undefined);
  assert.equal(unknownAlgorithm('aes256-ctr,foo', 'ciphers', spoken), 'foo');
  assert.equal(unknownAlgorithm('aes*', 'ciphers', spoken), 'aes*');
  assert.equal(unknownAlgorithm('ssh-*', 'keys', spoken), undefined);
  assert.equal(unknownAlgorithm('-anything', 'ciphers', spoken), undefined);
  assert.equal(unknownAlgorithm('+foo', 'ciphers', spoken), 'foo');
});
