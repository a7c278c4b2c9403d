import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reviewForgotten } from './forgotten.ts';
import { file, hashed, key } from './testing.ts';

const bank = `bank ${key(1)}`;

function forgotten(
  current: readonly string[],
  incoming: readonly string[],
  after: readonly string[] = [],
): string[] {
  return reviewForgotten(file(...current), file(...incoming), [file(...after)]).map(({ where }) => where);
}

test('reviewForgotten names hosts that no file knows any more', () => {
  assert.deepEqual(forgotten([bank, `news ${key(2)}`], [`news ${key(2)}`]), ['bank']);
  assert.deepEqual(forgotten([`bank,cash ${key(1)}`], [bank]), ['bank,cash']);
  assert.deepEqual(forgotten([`[bank]:2222 ${key(1)}`], [bank]), ['[bank]:2222']);
  assert.deepEqual(forgotten([`${hashed('bank')} ${key(1)}`], []), [hashed('bank')]);
  assert.deepEqual(forgotten([`*.corp ${key(1)}`], []), ['*.corp']);
  assert.deepEqual(forgotten([bank], [`@revoked bank ${key(1)}`, `*,!bank ${key(2)}`]), ['bank']);
  assert.deepEqual(
    reviewForgotten(file(bank), undefined, []).map(({ line, change }) => [line, change]),
    [[bank, 'removed']],
  );
});

test('reviewForgotten passes over hosts that are known in another way', () => {
  const other = `news ${key(2)}`;
  for (const [current, incoming, after] of [
    [[bank], [bank, other], []],
    [[bank], [`bank ${key(3)}`], []],
    [[bank], [other], [bank]],
    [[bank], [`${hashed('bank')} ${key(1)}`], []],
    [[bank], [`${hashed('bank')} ${key(3)}`], []],
    [[`${hashed('bank')} ${key(1)}`], [bank], []],
    [[`${hashed('bank')} ${key(1)}`], [`bank ${key(3)}`], []],
    [[`${hashed('bank')} ${key(1)}`], [`${hashed('bank', 2)} ${key(1)}`], []],
    [[`[bank]:22 ${key(1)}`], [bank], []],
    [[`bank.corp ${key(1)}`], [`*.corp ${key(1)}`], []],
    [[`@revoked * ${key(4)}`, `@cert-authority * ${key(5)}`, '# comment', 'what'], [], []],
  ] as const)
    assert.deepEqual(forgotten(current, incoming, after), [], `${current.join()} > ${incoming.join()}`);
});
