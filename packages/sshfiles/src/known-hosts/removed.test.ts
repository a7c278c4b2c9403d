import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { removedKnownHosts } from './removed.ts';
import { file, hashed, key, textOf } from './testing.ts';

test('removedKnownHosts gives the lines whose hosts, key or marker are gone, each with a line end', () => {
  const current = [
    `a ${key(1)} kept`,
    `b,c ${key(2)}`,
    '# comment',
    '',
    `${hashed('d')} ${key(3)}`,
    `@revoked e ${key(4)}`,
    'f nonsense',
    `g ${key(5)}`,
  ];
  const incoming = file(`A ${key(1)}`, `b ${key(2)}`, `g ${key(6)}`);
  assert.deepEqual(
    textOf(removedKnownHosts(utf8(current.join('\n')), incoming)).split('\n'),
    [1, 4, 5, 6, 7].map((index) => current[index]).concat(''),
  );
});

test('removedKnownHosts takes a missing file for an empty one', () => {
  assert.deepEqual(removedKnownHosts(file(`a ${key(1)}`), undefined), file(`a ${key(1)}`));
  assert.deepEqual(removedKnownHosts(undefined, file(`a ${key(1)}`)), new Uint8Array());
});
