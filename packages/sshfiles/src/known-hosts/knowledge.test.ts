import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HashTests } from './hash-tests.ts';
import { Knowledge } from './knowledge.ts';
import { parseKnownHosts } from './parse.ts';
import { file, hashed, key } from './testing.ts';

const keyOf = (number: number): string => key(number).split(' ')[1] ?? '';

function knowledge(current: readonly string[], former: readonly string[] = []): Knowledge {
  return new Knowledge(
    [parseKnownHosts(file(...current))],
    parseKnownHosts(file(...former)),
    new HashTests(),
  );
}

test('Knowledge calls a key new for names, patterns and hashed names that stand with other keys', () => {
  const known = knowledge([`a,[b]:22 ${key(1)}`, `*.c ${key(1)}`, `${hashed('d')} ${key(1)}`]);
  for (const name of ['a', 'b', '[b]:22', '[b]:2222', 'x.c', '[x.c]:2222', 'd', '[d]:2222']) {
    assert.equal(known.isNewKey(name, keyOf(2)), true, name);
    assert.equal(known.isNewKey(name, keyOf(1)), false, name);
  }
  for (const name of ['c', 'e', '[e]:2222']) assert.equal(known.isNewKey(name, keyOf(2)), false, name);
});

test('Knowledge trusts no key of a line with marker or exceptions, nor of a former line', () => {
  const lines = [`@cert-authority a ${key(1)}`, `@revoked b ${key(1)}`, `c,!d ${key(1)}`];
  const known = knowledge(lines, [`e ${key(1)}`, `${hashed('f')} ${key(1)}`]);
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) assert.equal(known.isNewKey(name, keyOf(1)), true, name);
});

test('Knowledge does not know a host only because a key is revoked for a pattern that it matches', () => {
  assert.equal(knowledge([`@revoked * ${key(1)}`]).isNewKey('a', keyOf(2)), false);
  assert.equal(knowledge([`@revoked * ${key(1)}`]).isEmpty, true);
});

test('Knowledge takes the key of a port before that of the host', () => {
  const known = knowledge([`a ${key(1)}`, `[a]:2222 ${key(2)}`]);
  assert.equal(known.isNewKey('[a]:2222', keyOf(1)), true);
  assert.equal(known.isNewKey('[a]:2222', keyOf(2)), false);
  assert.equal(known.isNewKey('[a]:3333', keyOf(1)), false);
  assert.equal(known.isNewKey('a', keyOf(2)), true);
});
