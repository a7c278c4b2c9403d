import { utf8 } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { findPrincipal } from './principals.ts';

const find = (text: string, ...names: readonly string[]) => findPrincipal(utf8(text), names);

test('findPrincipal finds a line that is a principal, without comments and blanks', () => {
  assert.equal(find('# all\n\n \tann # of us\nbob\n', 'bob', 'ann')?.principal, 'ann');
  assert.equal(find('bob\r\n', 'bob'), undefined);
  assert.equal(find('bobby\n#bob\n', 'bob'), undefined);
  assert.equal(find('Zoë', 'Zoë')?.principal, 'Zoë');
});

test('findPrincipal takes neither a pattern nor a list for principals', () => {
  assert.equal(find('*\nann,bob\n', 'ann'), undefined);
  assert.equal(find('*\n', '*')?.principal, '*');
  assert.equal(find('\n  \n', ''), undefined);
});

test('findPrincipal reads options before the principal, and passes over those that are not known', () => {
  const { restrictions } = find('command="a b",no-pty ann\n', 'ann') ?? {};
  assert.equal(restrictions?.command, 'a b');
  assert.equal(restrictions?.pty, false);
  assert.equal(find('unknown ann\nno-pty ann', 'ann')?.restrictions.pty, false);
  assert.equal(find('command="open ann\n', 'ann'), undefined);
});

test('findPrincipal is not held up by blanks that no line ends behind', { timeout: 20_000 }, async () => {
  const blanks = ' '.repeat(1_000_000);
  assert.equal(find(`ann${blanks}x\nann${blanks}\n`, 'ann')?.principal, 'ann');
  await setImmediate(); // a timeout that is due comes first
});

test('findPrincipal finds nothing that is not there in any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => findPrincipal(bytes, ['a name of more bytes']) === undefined),
  );
});
