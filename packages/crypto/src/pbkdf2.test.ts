import assert from 'node:assert/strict';
import { test } from 'node:test';

import { testVectors } from '../testing/vectors.ts';
import { native as browser } from './native.browser.ts';
import { native as node } from './native.node.ts';
import { pbkdf2 } from './pbkdf2.ts';

testVectors(
  'pbkdf2 gives the keys of RFC 6070 and with SHA-2, on both platforms',
  'pbkdf2.json',
  (vector) => {
    const hash = vector.text('hash');
    assert.ok(hash === 'sha1' || hash === 'sha256' || hash === 'sha512');
    const [password, salt] = [vector.bytes('password'), vector.bytes('salt')];
    const [iterations, output] = [vector.number('iterations'), vector.bytes('output')];
    for (const derive of [pbkdf2, node.pbkdf2, browser.pbkdf2]) {
      assert.deepEqual(derive(hash, password, salt, iterations, output.length), output);
    }
  },
);

test('pbkdf2 refuses numbers that are not positive integers', () => {
  const none = new Uint8Array();
  for (const [iterations, length] of [
    [0, 1],
    [1, 0],
    [1.5, 1],
  ] as const) {
    assert.throws(() => pbkdf2('sha256', none, none, iterations, length), {
      name: 'RangeError',
      message: `Cannot use PBKDF2 with iterations ${iterations}, length ${length}: positive integers expected`,
    });
  }
});
