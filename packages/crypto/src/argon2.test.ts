import assert from 'node:assert/strict';
import { test } from 'node:test';

import { utf8 } from '@orrery/bytes';

import { argon2 } from './argon2.ts';
import { native as browser } from './native.browser.ts';
import { native as node } from './native.node.ts';

const [password, salt] = [utf8('password'), utf8('somesalt')];

/** The reference implementation's test.c, version 0x13. */
const known = [
  [
    'argon2i',
    { memory: 256, passes: 2, parallelism: 1 },
    '89e9029f4637b295beb027056a7336c414fadd43f6b208645281cb214a56452f',
  ],
  [
    'argon2i',
    { memory: 256, passes: 2, parallelism: 2 },
    '4ff5ce2769a1d7f4c8a491df09d41a9fbe90e5eb02155a13e4c01e20cd4eab61',
  ],
  [
    'argon2id',
    { memory: 256, passes: 2, parallelism: 1 },
    '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe',
  ],
  [
    'argon2id',
    { memory: 256, passes: 2, parallelism: 2 },
    '6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037',
  ],
] as const;

for (const [kind, cost, tag] of known) {
  test(`${kind} with parallelism ${cost.parallelism} gives the known answer, on both platforms`, async () => {
    for (const derive of [argon2, node.argon2, browser.argon2])
      assert.equal((await derive(kind, password, salt, cost, 32)).toHex(), tag);
  });
}

test('both platforms derive the same from every kind, cost and length', async () => {
  for (const kind of ['argon2d', 'argon2i', 'argon2id'] as const) {
    for (const [memory, passes, parallelism, length] of [
      [8, 1, 1, 4],
      [33, 3, 2, 80],
      [64, 2, 8, 65],
    ] as const) {
      const cost = { memory, passes, parallelism };
      assert.deepEqual(
        await node.argon2(kind, password, salt, cost, length),
        await browser.argon2(kind, password, salt, cost, length),
      );
    }
  }
});

test('argon2 refuses costs that do not exist, and those that take too much', async () => {
  const usual = { memory: 64, passes: 1, parallelism: 1 };
  const refused = (change: Partial<typeof usual>, reason: string): Promise<void> =>
    assert.rejects(argon2('argon2id', password, salt, { ...usual, ...change }, 32), (error: unknown) => {
      assert.ok(error instanceof RangeError && error.message.endsWith(reason));
      return true;
    });
  await refused({ memory: 7 }, 'they are none that it has');
  await refused({ parallelism: 9 }, 'they are none that it has');
  await refused({ passes: 0 }, 'they are none that it has');
  await refused({ passes: 1.5 }, 'they are none that it has');
  await refused({ memory: 2 ** 20 + 1 }, 'they are too many');
  await refused({ passes: 2 ** 16 + 1 }, 'they are too many');
  await refused({ memory: 1024, parallelism: 65 }, 'they are too many');
  await assert.rejects(argon2('argon2id', password, salt.subarray(1), usual, 32), {
    name: 'RangeError',
    message:
      'Cannot use Argon2 with 64 KiB, 1 passes, parallelism 1, a salt of 7 bytes, length 32: they are none that it has',
  });
});
