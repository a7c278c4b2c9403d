import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readDestination } from './destination.ts';
import { OptionError } from './getopt.ts';

test('readDestination reads hosts with users and ports', () => {
  const cases = [
    ['web', undefined, 'web', undefined],
    ['me@web', 'me', 'web', undefined],
    ['a@b@web', 'a@b', 'web', undefined],
    ['me@web:2222', 'me', 'web', '2222'],
    ['web:22', undefined, 'web', '22'],
    ['::1', undefined, '::1', undefined],
    ['[::1]:22', undefined, '::1', '22'],
    ['me@fe80::1', 'me', 'fe80::1', undefined],
    ['ssh://web', undefined, 'web', undefined],
    ['ssh://me@web:22/', 'me', 'web', '22'],
    ['ssh://m%40e;x=y@[::1]:22', 'm@e', '::1', '22'],
  ] as const;
  for (const [text, user, host, port] of cases)
    assert.deepEqual(readDestination(text), { user, host, port }, text);
});

test('readDestination refuses what has no host, and URIs with a path', () => {
  for (const text of ['', 'me@', '@web', 'ssh://', 'ssh://web/path', 'ssh://@web', 'ssh://%zz@web'])
    assert.throws(() => readDestination(text), OptionError, text);
});

test('readDestination reads every text or says what is wrong with it', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        assert.notEqual(readDestination(text).host, '');
      } catch (error) {
        assert.ok(error instanceof OptionError);
      }
    }),
  );
});
