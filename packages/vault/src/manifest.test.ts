import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '@orrery/bytes';
import fc from 'fast-check';
import { objectId, objectRef } from '../testing/account.ts';
import {
  applyManifest,
  decodeManifest,
  encodeManifest,
  FULL_EVERY,
  fullManifest,
  nextManifest,
  type FileTable,
  type Manifest,
  type ManifestFile,
} from './manifest.ts';

function file(name: string, version = 1): ManifestFile {
  const { id, hash } = objectRef(version);
  return { name, hash, object: id, size: version, mode: 0o600, portable: false, mtime: 1_800_000_000n };
}

function table(...files: readonly ManifestFile[]): FileTable {
  return new Map(files.map((entry) => [entry.name, entry]));
}

function names(files: FileTable): string[] {
  return [...files.keys()].toSorted();
}

const parent = { ref: objectRef(9), depth: 5 };
const config = file('config');

test('encodeManifest writes label, salt, parent, depth, files and deletions', () => {
  const manifest: Manifest = {
    label: 'orrery/vault/1/manifest',
    salt: new Uint8Array(32).fill(1),
    parent: { id: objectId(9), hash: new Uint8Array(32).fill(2) },
    depth: 6,
    files: [{ ...config, hash: new Uint8Array(32).fill(3), portable: true }],
    deleted: ['old'],
  };
  const hex = [
    '000000176f72726572792f7661756c742f312f6d616e6966657374',
    '01'.repeat(32),
    `010000000000000000000000000000000900000020${'02'.repeat(32)}`,
    '00000006',
    `0000000100000006636f6e66696700000020${'03'.repeat(32)}`,
    '00000000000000000000000000000001',
    '00000001',
    '00000180',
    '01',
    '000000006b49d200',
    '00000001000000036f6c64',
  ].join('');
  assert.equal(encodeManifest(manifest).toHex(), hex);
  assert.deepEqual(decodeManifest(Uint8Array.fromHex(hex)), manifest);
});

test('fullManifest names all files under a fresh salt', () => {
  const full = fullManifest(table(config, file('id')), parent.ref);
  assert.deepEqual([full.depth, full.parent, full.deleted], [0, parent.ref, []]);
  assert.deepEqual(full.files, [config, file('id')]);
  assert.equal(full.salt.length, 32);
  assert.notDeepEqual(full.salt, fullManifest(new Map(), undefined).salt);
});

test('nextManifest names what changed, and applyManifest gives the files after it', () => {
  const before = table(config, file('gone'), file('same'));
  const same = before.get('same') ?? config;
  const after = table(file('config', 2), same, file('new'));
  const manifest = nextManifest(before, after, parent);
  assert.deepEqual(
    manifest.files.map(({ name }) => name),
    ['config', 'new'],
  );
  assert.deepEqual([manifest.depth, manifest.parent, manifest.deleted], [6, parent.ref, ['gone']]);
  assert.deepEqual(applyManifest(before, manifest), after);
  assert.deepEqual(
    applyManifest(new Map(), decodeManifest(encodeManifest(manifest))),
    table(file('config', 2), file('new')),
  );
});

test('nextManifest is full for the first, for every 64th, and for differences longer than a manifest', () => {
  const files = table(config);
  assert.equal(nextManifest(new Map(), files, undefined).depth, 0);
  const depths = Array.from(
    { length: 3 },
    (_, index) => nextManifest(files, files, { ...parent, depth: 61 + index }).depth,
  );
  assert.deepEqual(depths, [62, 63, 0]);
  assert.equal(FULL_EVERY, 64);
  const many = (prefix: string): FileTable =>
    table(...Array.from({ length: 5001 }, (_, index) => file(`${prefix}${index}`)));
  assert.equal(nextManifest(many('a'), many('b'), parent).depth, 0);
});

test('applyManifest begins anew with a full manifest', () => {
  const full = fullManifest(table(file('new')), undefined);
  assert.deepEqual(names(applyManifest(table(config), full)), ['new']);
});

test('nextManifest and applyManifest refuse more than 10,000 files', () => {
  const many = Array.from({ length: 10_001 }, (_, index) => file(`f${index}`));
  assert.equal(nextManifest(new Map(), table(...many.slice(1)), undefined).files.length, 10_000);
  assert.throws(() => nextManifest(new Map(), table(...many), undefined), {
    name: 'RangeError',
    message: 'Cannot make manifest: 10001 files, at most 10000 allowed',
  });
  const [first = config, ...rest] = many;
  const delta = nextManifest(new Map(), table(first), parent);
  assert.throws(() => applyManifest(table(...rest), delta), {
    name: 'FormatError',
    message: 'Cannot use manifest: 10001 files, at most 10000 expected',
  });
});

test('decodeManifest refuses what contradicts itself', () => {
  const good = nextManifest(table(config), table(file('id')), parent);
  const decoded = (change: Partial<Manifest>): Manifest =>
    decodeManifest(encodeManifest({ ...good, ...change }));
  assert.deepEqual(decoded({}), good);
  assert.equal(decoded({ depth: 63 }).depth, 63);
  const twice = 'Cannot read manifest: it names a file twice';
  const bad: readonly (readonly [Partial<Manifest>, string])[] = [
    [{ files: [config, config], deleted: [] }, twice],
    [{ deleted: ['a', 'a'] }, twice],
    [{ files: [config], deleted: ['config'] }, twice],
    [{ depth: 0 }, 'Cannot read manifest: depth 0 does not fit what it changes'],
    [{ depth: 64 }, 'Cannot read manifest: depth 64 does not fit what it changes'],
    [{ parent: undefined }, 'Cannot read manifest: depth 6 does not fit what it changes'],
  ];
  for (const [change, message] of bad) assert.throws(() => decoded(change), { name: 'FormatError', message });
});

test('decodeManifest answers any bytes, and any manifest cut short, with a FormatError', () => {
  const good = encodeManifest(nextManifest(table(config), table(file('id')), parent));
  for (let length = 0; length < good.length; length++)
    assert.throws(() => decodeManifest(good.subarray(0, length)), FormatError);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.throws(() => decodeManifest(bytes), FormatError)));
});

test('a chain of manifests leads to the files of the newest, from wherever it is begun', () => {
  const step = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 1, max: 3 }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 80 }), (steps) => {
      let before: FileTable = new Map();
      let last: { ref: typeof parent.ref; depth: number } | undefined;
      let since: Manifest[] = [];
      for (const [index, entries] of steps.entries()) {
        const after = table(...Object.entries(entries).map(([name, version]) => file(name, version)));
        const manifest = decodeManifest(encodeManifest(nextManifest(before, after, last)));
        since = manifest.depth === 0 ? [manifest] : [...since, manifest];
        assert.equal(since.length, manifest.depth + 1);
        last = { ref: objectRef(100 + index), depth: manifest.depth };
        before = after;
      }
      const read = since.reduce<FileTable>(applyManifest, new Map());
      assert.deepEqual(read, before);
    }),
    { numRuns: 50 },
  );
});
