import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { bcryptPbkdf } from './bcrypt-pbkdf.ts';

// The first is OpenBSD's own; the others come from bcrypt-pbkdf 1.0.2 of npm, a port of its code.
const vectors = [
  ['password', 'salt', 12, '1ae42c05d487bc02f64921a4ebe4ea93bcacfe135fda99974c06b7b01fae149a'],
  ['pässwörd', 'a salt of 16 byt', 3, '6e'],
  ['p', 's', 1, 'caf5f799b35d58d4ce6de5edbddf7c1087c8d4976781175dfc8323815d9f030b9d'],
  [
    'correct horse',
    '0123456789abcdef',
    2,
    'd31d962618abc6b599b2673da7a1b829a2549f4b59f82a2ef867b4b94a39e0f94ba926e67649d7a96e19f0f1ed759850',
  ],
  [
    'x'.repeat(100),
    'salt',
    1,
    '1b1dcb822407ece66ad845f668cc1fce07617f5c69acb5cf2f165c6c1900edc3d98d2a633bfd6bdbd556328368c42b61f19161e523f7d20bb01d741df82e175b42e43648e581035719d56b5e704b9663a35913c2f588342062d466517cf0e249040bf076',
  ],
] as const;

test('bcryptPbkdf derives the keys of OpenBSD, of one block and of several', () => {
  for (const [passphrase, salt, rounds, hex] of vectors)
    assert.equal(bcryptPbkdf(utf8(passphrase), utf8(salt), rounds, hex.length / 2).toHex(), hex);
});

test('bcryptPbkdf refuses what is empty and numbers out of their range', () => {
  const [word, none] = [utf8('word'), new Uint8Array()];
  const refused = [
    [none, word, 1, 32],
    [word, none, 1, 32],
    [word, new Uint8Array(2 ** 20 + 1), 1, 32],
    [word, word, 0, 32],
    [word, word, 1.5, 32],
    [word, word, 1, 0],
    [word, word, 1, 1025],
  ] as const;
  for (const [passphrase, salt, rounds, length] of refused)
    assert.throws(() => bcryptPbkdf(passphrase, salt, rounds, length), RangeError);
});
