import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HashTests, maxHashTests } from './hash-tests.ts';
import { type HashedHost, parseHosts } from './hosts.ts';
import { hashed } from './testing.ts';

function host(name: string): HashedHost {
  const hosts = parseHosts(hashed(name));
  return hosts?.kind === 'hashed' ? hosts : assert.fail(name);
}

test('HashTests finds the name of a hashed host and the hashed host of a name', () => {
  const tests = new HashTests();
  const items = ['a', 'b'].map((name) => ({ host: host(name), name }));
  assert.equal(tests.firstName(host('b'), ['a', 'b', 'c']), 'b');
  assert.equal(tests.firstName(host('d'), ['a', 'b', 'c']), undefined);
  assert.equal(tests.firstHost(items, 'b'), items[1]);
  assert.equal(tests.firstHost(items, 'c'), false);
});

test('HashTests says that it does not know once its limit is reached', () => {
  const tests = new HashTests();
  const names = ['a', ...Array.from({ length: maxHashTests - 1 }, () => 'b')];
  assert.equal(tests.firstName(host('a'), names), 'a');
  assert.equal(tests.firstName(host('a'), ['a']), undefined);
  assert.equal(tests.firstHost([{ host: host('a') }], 'a'), undefined);
  assert.equal(tests.firstHost([], 'a'), false);
});
