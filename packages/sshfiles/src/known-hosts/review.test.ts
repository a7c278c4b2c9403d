import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import { fromByteString } from '../config/tokens.ts';
import { reviewItem } from '../review.ts';
import { mergeKnownHosts } from './merge.ts';
import { reviewKnownHosts } from './review.ts';
import { file, hashed, key, rsaKey } from './testing.ts';

/** Where and why is asked. */
function asked(current: readonly string[], incoming: readonly string[]): string[] {
  const items = reviewKnownHosts(file(...current), file(...incoming), undefined);
  return items.map(({ where, change, reason }) => `${where} ${change}: ${reason}`);
}

const bank = `bank ${key(1)}`;

test('reviewKnownHosts gives an item for a new key of a known host', () => {
  const line = `news,bank ${key(2)} comment`;
  assert.deepEqual(reviewKnownHosts(file(bank), fromByteString(`${bank}\n${line}\r\n`), undefined), [
    reviewItem({
      kind: 'known_hosts',
      where: utf8('news,bank'),
      line: utf8(line),
      change: 'added',
      reason: 'new key for a known host: bank',
    }),
  ]);
});

test('reviewKnownHosts gives items for what it asks about, in the order of the lines, removals last', () => {
  const added = [
    `${hashed('bank')} ${key(2)}`,
    `${hashed('other')} ${key(2)}`,
    `@cert-authority *.corp ${key(3)}`,
    `*.net ${key(4)}`,
    `old ${key(5)}`,
    'something else',
  ];
  assert.deepEqual(asked([bank, `@revoked * ${key(5)}`], added), [
    `${hashed('bank')} added: new key for a known host: bank`,
    `${hashed('other')} added: the name is hashed: this may be a new key for a known host`,
    '*.corp added: trusts all host keys that this authority certifies',
    '*.net added: trusted for a pattern of hosts',
    'old added: the key is revoked',
    'something added: not understood: ssh may read a key from it',
    '* removed: the key is no longer revoked',
  ]);
});

const harmless: readonly (readonly [
  what: string,
  current: readonly string[],
  incoming: readonly string[],
])[] = [
  ['the first key of a host', [bank], [bank, `news ${key(2)}`]],
  [
    'the first keys of a host with several names',
    [bank],
    [bank, `news,10.0.0.1 ${key(2)}`, `news ${rsaKey(2)}`],
  ],
  ['the first key of a host at a port', [bank], [bank, `[news]:2222 ${key(2)}`]],
  ['another port with the key of the host', [bank], [bank, `[bank]:2222 ${key(1)}`]],
  [
    'a host in clear that no hashed one is',
    [`${hashed('bank')} ${key(1)}`],
    [`${hashed('bank')} ${key(1)}`, `news ${key(2)}`],
  ],
  ['a name added for a known key', [bank], [`bank,10.0.0.1 ${key(1)}`]],
  ['a list of names made several lines', [`bank,news ${key(1)}`], [bank, `news ${key(1)}`]],
  ['several lines made a list of names', [bank, `news ${key(1)}`], [`news,bank ${key(1)}`]],
  ['a name that was hashed', [bank], [`${hashed('bank')} ${key(1)}`]],
  [
    'a name that was hashed with another salt',
    [`${hashed('bank')} ${key(1)}`, bank],
    [`${hashed('bank', 2)} ${key(1)}`],
  ],
  ['a hashed name in clear', [`${hashed('bank')} ${key(1)}`], [bank]],
  ['a host of a trusted pattern', [`*.corp ${key(1)}`], [`*.corp ${key(1)}`, `bank.corp ${key(1)}`]],
  ['capital letters and the default port', [bank], [`[BANK]:22 ${key(1)}`]],
  [
    'comments, order, blank lines and line ends',
    ['# a', bank, `news ${key(2)}`],
    ['', `news ${key(2)}\r`, `${bank} comment`, '#b'],
  ],
  ['a removed host, authority and pattern', [bank, `@cert-authority * ${key(2)}`, `*.x ${key(3)}`], []],
  ['a new revocation', [bank], [bank, `@revoked * ${key(2)}`]],
  ['a wider revocation', [`@revoked bank ${key(2)}`], [`@revoked * ${key(2)}`]],
  ['a revocation with fewer exceptions', [`@revoked *,!a,!b ${key(2)}`], [`@revoked *,!b ${key(2)}`]],
  [
    'a revocation spread over lines',
    [`@revoked a,b* ${key(2)}`],
    [`@revoked b* ${key(2)}`, `@revoked A ${key(2)}`],
  ],
  [
    'a revocation for a name that was hashed',
    [`@revoked bank ${key(2)}`],
    [`@revoked ${hashed('bank')} ${key(2)}`],
  ],
  [
    'a revocation for a hashed name in clear',
    [`@revoked ${hashed('bank')} ${key(2)}`],
    [`@revoked bank,x ${key(2)}`],
  ],
  ['a new host beside a revocation for all', [`@revoked * ${key(2)}`], [`@revoked * ${key(2)}`, bank]],
  ['unreadable lines that were there', ['nonsense', '@x y'], ['@x y', 'nonsense']],
];

for (const [what, current, incoming] of harmless) {
  test(`reviewKnownHosts does not ask about ${what}`, () => {
    assert.deepEqual(asked(current, incoming), []);
  });
}

test('reviewKnownHosts does not ask a machine that knows no host about hashed hosts', () => {
  const incoming = file(`${hashed('bank')} ${key(1)}`, `${hashed('bank', 2)} ${rsaKey(1)}`);
  assert.deepEqual(reviewKnownHosts(undefined, incoming, undefined), []);
  assert.deepEqual(reviewKnownHosts(file('# none yet'), incoming, new Uint8Array()), []);
});

test('reviewKnownHosts does not ask about a large file that was hashed', () => {
  const numbers = Array.from({ length: 1000 }, (_, number) => number);
  const clear = numbers.map((number) => `host${number} ${key(number)}`);
  const hashes = numbers.map((number) => `${hashed(`host${number}`)} ${key(number)}`);
  assert.deepEqual(asked(clear, hashes), []);
  assert.deepEqual(asked(hashes, clear), []);
});

test('reviewKnownHosts spends its limit of hash tests on names in clear first', () => {
  const current = [
    ...Array.from({ length: 1000 }, (_, number) => `host${number} ${key(1)}`),
    ...Array.from({ length: 1500 }, (_, number) => `${hashed(`hidden${number}`)} ${key(1)}`),
  ];
  const flood = Array.from({ length: 200 }, (_, number) => `${hashed(`new${number}`)} ${key(2)}`);
  const items = asked(current, [...current, ...flood, `news ${key(3)}`]);
  assert.equal(items.length, flood.length);
  assert.ok(items.every((item) => item.startsWith('|1|')));
});

test('reviewKnownHosts does not ask about a file that stays as it is', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (bytes, former) => {
      assert.deepEqual(reviewKnownHosts(bytes, bytes, former), []);
    }),
  );
});

test('reviewKnownHosts asks about no line of a merge, names in clear, that it would not ask about in the other file', () => {
  const line = fc
    .tuple(fc.constantFrom('a', 'b', 'a,b', '*', '[a]:22', '[a]:2222'), fc.constantFrom(key(1), key(2)))
    .map((parts) => parts.join(' '));
  const lines = fc.array(line, { maxLength: 5 });
  fc.assert(
    fc.property(lines, lines, lines, (base, ours, theirs) => {
      const current = file(...ours);
      const { bytes } = mergeKnownHosts(file(...base), current, file(...theirs));
      const ids = new Set(reviewKnownHosts(current, file(...theirs), undefined).map(({ id }) => id));
      for (const { id } of reviewKnownHosts(current, bytes, undefined)) assert.ok(ids.has(id));
    }),
  );
});
