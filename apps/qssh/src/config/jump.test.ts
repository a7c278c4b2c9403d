import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readJump } from './jump.ts';
import { ValueError } from './value-error.ts';

test('readJump reads hosts on the way, in order', () => {
  assert.deepEqual(readJump('me@one:22,two,ssh://m%65@[::1]:23/'), [
    { user: 'me', host: 'one', port: 22 },
    { user: undefined, host: 'two', port: undefined },
    { user: 'me', host: '::1', port: 23 },
  ]);
  assert.equal(readJump('NONE'), 'none');
});

test('readJump refuses what is no host', () => {
  for (const line of ['', 'a,', 'a@', '@a', 'a:0', 'a:x', 'a:65536', 'a b', 'ssh://a/b', 'ssh://'])
    assert.throws(() => readJump(line), new ValueError(`Invalid ProxyJump "${line}"`), line);
});

test('readJump reads every line or refuses it', () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      try {
        const jumps = readJump(line);
        assert.ok(jumps === 'none' || jumps.every(({ host }) => host !== ''));
      } catch (error) {
        assert.ok(error instanceof ValueError);
      }
    }),
  );
});
