import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import { fromByteString } from '../config/tokens.ts';
import { maxHashTests } from './hash-tests.ts';
import { mergeKnownHosts } from './merge.ts';
import { parseKnownHosts } from './parse.ts';
import { OpensshFile, file, hashed, key, rsaKey, textOf } from './testing.ts';

const openssh = new OpensshFile();
after(() => openssh.remove());

/** The merge as lines, for files of lines. */
function merge(
  base: readonly string[] | undefined,
  ours: readonly string[] | undefined,
  theirs: readonly string[] | undefined,
): string[] {
  const [b, o, t] = [base, ours, theirs].map((lines) => lines && file(...lines));
  return textOf(mergeKnownHosts(b, o, t).bytes)
    .split('\n')
    .slice(0, -1);
}

const a = `a ${key(1)}`;
const b = `b,10.0.0.2 ${key(2)}`;
const c = `c ${key(3)} three`;
const d = `d ${rsaKey(4)}`;

test('mergeKnownHosts keeps what either side added and drops what either side removed', () => {
  assert.deepEqual(merge([a, b], [a, b, c], [a, b, d]), [a, b, d, c]);
  assert.deepEqual(merge([a, b, c], [a, b, d], [b, c]), [b, d]);
  assert.deepEqual(merge([a], [], [a, b]), [b]);
});

test('mergeKnownHosts without a base is the union of both files', () => {
  assert.deepEqual(merge(undefined, [a, b], [b, c]), [a, b, c]);
  assert.deepEqual(merge(undefined, undefined, [b]), [b]);
  assert.deepEqual(merge([a], undefined, [a, b]), [b]);
});

test('mergeKnownHosts takes the marker, the hosts and the key as the entry', () => {
  const revoked = `@revoked a ${key(1)}`;
  assert.deepEqual(merge([a], [a, b], [a, revoked]), [a, revoked, b]);
  assert.deepEqual(merge([revoked], [revoked, b], [a]), [a, b]);
  assert.deepEqual(merge([b], [b, a], [`b ${key(2)}`]), [`b ${key(2)}`, a]);
});

test('mergeKnownHosts keeps several keys of one type for a host', () => {
  const keys = [1, 2, 3].map((number) => `a ${key(number)}`);
  assert.deepEqual(merge(undefined, keys.slice(0, 2), keys.slice(1)), keys);
});

test('mergeKnownHosts does not take another spelling for another entry', () => {
  const spelled = `  B,10.0.0.2,b\t${key(2)} new comment\r`;
  assert.deepEqual(merge([b], [b, a], ['# top', spelled]), ['# top', spelled, a]);
  assert.deepEqual(merge([b], [spelled, a], [b, c]), [spelled, c, a]);
  assert.deepEqual(merge(undefined, [b, a], [`10.0.0.2,b ${key(2)} long comment`, c]), [
    `10.0.0.2,b ${key(2)} long comment`,
    c,
    a,
  ]);
});

test('mergeKnownHosts keeps comments, blank and unreadable lines at their lines', () => {
  const ours = ['# head', a, '', '# work', b, 'nonsense'];
  const theirs = ['# head', a, '', '# home', c, '', d];
  assert.deepEqual(merge(['# head', a, ''], ours, theirs), [
    '# head',
    a,
    '',
    '# home',
    c,
    '',
    d,
    '# work',
    b,
    'nonsense',
  ]);
  assert.deepEqual(merge(['# x', a, '# x', b], ['# x', a, '# x', b, c], ['# x', a, b]), ['# x', a, b, c]);
});

test('mergeKnownHosts places lines behind the right one of several equal comments', () => {
  const base = ['#', a, '#', b];
  assert.deepEqual(merge(base, [...base, d], ['#', c, a, '#', b]), ['#', c, a, '#', b, d]);
  assert.deepEqual(merge(base, [...base, d], ['#', a, '#', c, b]), ['#', a, '#', c, b, d]);
});

test('mergeKnownHosts places lines behind the one line that is written for several', () => {
  const long = `a ${key(1)} ${'comment '.repeat(20)}`;
  assert.deepEqual(merge(undefined, [a, b, a], [long, c]), [long, c, b]);
});

test('mergeKnownHosts takes the same lines in another order for the same', () => {
  const [short, long] = [`a ${key(1)}`, `a ${key(1)} comment`];
  const { bytes } = mergeKnownHosts(undefined, file(short, b), file(long, short));
  assert.deepEqual(textOf(bytes), textOf(file(long, short, b)));
  assert.deepEqual(merge(undefined, [short, b, long], [long, short, c]), [short, b, long, c]);
});

test('mergeKnownHosts keeps lines apart if a file does not end with a newline', () => {
  const { bytes } = mergeKnownHosts(utf8(a), utf8(`${a}\n${b}`), utf8(`${a}\r\n${c}`));
  assert.equal(textOf(bytes), `${a}\r\n${c}\n${b}\n`);
});

test('mergeKnownHosts matches a hashed host with the name that the other side shows', () => {
  assert.deepEqual(merge(undefined, [`${hashed('a')} ${key(1)}`, b], [a, c]), [a, c, b]);
  assert.deepEqual(merge(undefined, [a, c], [`${hashed('a')} ${key(1)}`, b]), [a, b, c]);
  // Hashed by one side, removed by the other.
  assert.deepEqual(merge([a, b], [`${hashed('a')} ${key(1)}`, b], [b, c]), [b, c]);
  // Hashed by both sides, each with its own salt.
  const both = merge([a, b], [`${hashed('a', 1)} ${key(1)}`, b, d], [`${hashed('a', 2)} ${key(1)}`, b, c]);
  assert.equal(both.filter((line) => line.startsWith('|1|')).length, 1);
  assert.equal(both.length, 4);
});

test('mergeKnownHosts drops a hashed host of one side that the other side has in a list of names', () => {
  const line = `${hashed('b')} ${key(2)}`;
  assert.deepEqual(merge(undefined, [line, a], [b, c]), [b, c, a]);
  assert.deepEqual(merge(undefined, [b, c], [line, a]), [a, b, c]);
  // Not if that side has both, or if the key is another.
  assert.deepEqual(merge(undefined, [line, a], [b, line]), [b, line, a]);
  assert.deepEqual(merge(undefined, [line, b, a], [b, c]), [line, b, c, a]);
  assert.deepEqual(merge(undefined, [b, c], [line, b, a]), [line, b, a, c]);
  const other = `${hashed('b')} ${key(9)}`;
  assert.deepEqual(merge(undefined, [other], [b, c]), [b, c, other]);
});

test('mergeKnownHosts keeps a hashed host that ssh-keygen -H made of a line that the other side left alone', () => {
  openssh.write(file(a, b));
  const hashedFile = openssh.hash();
  const { bytes } = mergeKnownHosts(file(a, b), hashedFile, file(a, b, c));
  openssh.write(bytes);
  for (const host of ['a', 'b', '10.0.0.2', 'c']) assert.equal(openssh.find(host).length, 1, host);
  assert.equal(parseKnownHosts(bytes).lines.length, 4);
});

test('mergeKnownHosts reports hosts for which both sides have got different keys of one type', () => {
  const { bytes, conflicts } = mergeKnownHosts(
    file(a, `bank ${key(5)}`),
    file(a, `bank ${key(6)}`, `x ${key(1)}`),
    file(a, `Bank,10.0.0.9 ${key(7)}`, `bank ${rsaKey(1)}`, `y ${key(1)}`),
  );
  assert.deepEqual(conflicts, [
    {
      where: 'bank',
      ours: 'ssh-ed25519 SHA256:R159EK4x6wZ5jM9ye/txyl30H4U4nRO4t8C6h/hjkAE',
      theirs: 'ssh-ed25519 SHA256:ggVveKQ5o9FLnt6RZcpQtnZz5+UqO4aWAk48VCu1bYo',
      kept: 'both',
      note: 'two machines saw different keys for bank: possible interception',
    },
  ]);
  openssh.write(bytes);
  assert.equal(openssh.find('bank').length, 3);
});

test('mergeKnownHosts reports no conflict if only one side has a new key, or both have the same', () => {
  const conflicts = (base: string[], ours: string[], theirs: string[]): string[] =>
    mergeKnownHosts(file(...base), file(...ours), file(...theirs)).conflicts.map(({ where }) => where);
  const [k1, k2, k3] = [1, 2, 3].map((number) => `bank ${key(number)}`);
  assert.ok(k1 && k2 && k3);
  assert.deepEqual(conflicts([k1], [k2], [k1, c]), []);
  assert.deepEqual(conflicts([k1], [k2], [`bank,10.0.0.9 ${key(2)}`]), []);
  assert.deepEqual(conflicts([k1], [k2, k3], [k2, c]), []);
  assert.deepEqual(conflicts([k1], [`bank,10.0.0.9 ${key(1)}`], [k1, k2]), []);
  assert.deepEqual(conflicts([k1], [k1, k2], [k3]), ['bank']);
  assert.deepEqual(conflicts([k1], [k1, `@revoked bank ${key(2)}`], [k1, `@revoked bank ${key(3)}`]), []);
});

test('mergeKnownHosts finds conflicts of hashed hosts by the names of the files', () => {
  const where = (base: string[], ours: string[], theirs: string[]): string[] =>
    mergeKnownHosts(file(...base), file(...ours), file(...theirs)).conflicts.map(
      (conflict) => conflict.where,
    );
  const [plain, hash1, hash2] = [
    `[bank]:22 ${key(1)}`,
    `${hashed('bank', 1)} ${key(2)}`,
    `${hashed('bank', 2)} ${key(3)}`,
  ];
  assert.deepEqual(where([], [hash1], [plain]), ['bank']);
  assert.deepEqual(where([plain], [plain, hash1], [plain, hash2]), ['bank']);
});

test('mergeKnownHosts leaves hashed hosts alone beyond its limit of hash tests', () => {
  const count = Math.ceil(Math.sqrt(maxHashTests)) + 1;
  const numbers = Array.from({ length: count }, (_, number) => number);
  const names = numbers.map((number) => `host${number} ${key(1)}`);
  const hashes = numbers.map((number) => `${hashed(`host${number}`)} ${key(1)}`);
  const merged = merge(undefined, names, hashes).length;
  assert.ok(merged > count && merged < 2 * count, String(merged));
});

/** Three files of few hosts and keys, so that they often meet. */
const line = fc.oneof(
  fc.constantFrom('', '# one', '# two', 'nonsense', '@revoked', '# one\r'),
  fc
    .tuple(
      fc.constantFrom('', '', '', '@revoked ', '@cert-authority '),
      fc.constantFrom('a', 'b', 'a,b', 'b,a', 'A', '*', '*,!a', hashed('a'), hashed('a', 2), hashed('b')),
      fc.constantFrom(key(1), key(2), rsaKey(1)),
      fc.constantFrom('', '', ' x', ' yy', '\r'),
    )
    .map(([marker, hosts, hostKey, rest]) => `${marker}${hosts} ${hostKey}${rest}`),
);
const someFile = fc
  .tuple(fc.array(line, { maxLength: 6 }), fc.boolean())
  .map(([lines, ended]) => fromByteString(lines.join('\n') + (ended && lines.length > 0 ? '\n' : '')));
const anyFile = fc.oneof(someFile, someFile, fc.uint8Array({ maxLength: 40 }));
const runs = { numRuns: 500 };

test('mergeKnownHosts gives the file of the side that changed, byte for byte', () => {
  fc.assert(
    fc.property(anyFile, anyFile, (base, changed) => {
      assert.deepEqual(mergeKnownHosts(base, base, changed).bytes, changed);
      assert.deepEqual(mergeKnownHosts(base, changed, base).bytes, changed);
      assert.deepEqual(mergeKnownHosts(base, changed, changed), { bytes: changed, conflicts: [] });
    }),
    runs,
  );
});

test('mergeKnownHosts changes nothing when it is repeated', () => {
  fc.assert(
    fc.property(anyFile, anyFile, anyFile, (base, ours, theirs) => {
      const { bytes } = mergeKnownHosts(base, ours, theirs);
      assert.equal(textOf(mergeKnownHosts(base, bytes, theirs).bytes), textOf(bytes));
      assert.equal(textOf(mergeKnownHosts(base, ours, bytes).bytes), textOf(bytes));
    }),
    runs,
  );
});

test('mergeKnownHosts gives both sides the same lines, if not the same order', () => {
  const sorted = (bytes: Uint8Array): string[] => textOf(bytes).split('\n').filter(Boolean).toSorted();
  fc.assert(
    fc.property(anyFile, anyFile, anyFile, (base, ours, theirs) => {
      const here = mergeKnownHosts(base, ours, theirs);
      const there = mergeKnownHosts(base, theirs, ours);
      assert.deepEqual(sorted(here.bytes), sorted(there.bytes));
      assert.deepEqual(
        here.conflicts.map((conflict) => conflict.where + conflict.ours + conflict.theirs).toSorted(),
        there.conflicts.map((conflict) => conflict.where + conflict.theirs + conflict.ours).toSorted(),
      );
    }),
    runs,
  );
});

test('mergeKnownHosts follows the rules of three-way sets for every entry in clear', () => {
  const clear = (bytes: Uint8Array): Set<string> =>
    new Set(
      parseKnownHosts(bytes).lines.flatMap((entry) =>
        entry.kind === 'entry' && entry.hosts.kind === 'list' ? [entry.identity] : [],
      ),
    );
  fc.assert(
    fc.property(someFile, someFile, someFile, (base, ours, theirs) => {
      const [before, mine, yours] = [base, ours, theirs].map(clear);
      assert.ok(before && mine && yours);
      const merged = clear(mergeKnownHosts(base, ours, theirs).bytes);
      for (const identity of merged) assert.ok(mine.has(identity) || yours.has(identity));
      for (const identity of before.union(mine).union(yours)) {
        if (hashedTwin(identity, [base, ours, theirs])) continue;
        const expected: boolean = before.has(identity)
          ? mine.has(identity) && yours.has(identity)
          : mine.has(identity) || yours.has(identity);
        assert.equal(merged.has(identity), expected, identity);
      }
    }),
    runs,
  );
});

/** Whether a file holds the entry hashed: then it may stand in the merge in that form. */
function hashedTwin(identity: string, files: readonly Uint8Array[]): boolean {
  const [marker, , base64] = identity.split(' ');
  return files.some((bytes) =>
    parseKnownHosts(bytes).lines.some(
      (entry) =>
        entry.kind === 'entry' &&
        entry.hosts.kind === 'hashed' &&
        entry.marker === marker &&
        entry.key === base64,
    ),
  );
}
