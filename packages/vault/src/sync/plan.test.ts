import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { makePlan, type Decision, type Sides, type Version } from './plan.ts';

/** A version as the tables write it: content, and perhaps time and mode. */
type Written = string | undefined;

/** `A` is content A, changed at second 100; `A@200` at second 200; `A+644` has mode 0644 instead of 0600. */
function version(written: Written): Version | undefined {
  if (written === undefined) return undefined;
  const [, hash = '', mtime = '100', mode = '600'] = /^(\w+)(?:@(\d+))?(?:\+(\d+))?$/.exec(written) ?? [];
  return { hash, mtime: Number(mtime), mode: Number.parseInt(mode, 8) };
}

function sides([base, local, remote]: Case): Sides {
  return { base: version(base), local: version(local), remote: version(remote) };
}

type Case = readonly [base: Written, local: Written, remote: Written];

function decide(found: Case, merges = false): string {
  const [decision] = makePlan(new Map([['file', sides(found)]]), () => merges);
  return decision === undefined ? 'nothing' : spell(decision);
}

function spell({ action, winner, why }: Decision): string {
  return `${action}${winner === undefined ? '' : ` (${winner})`}: ${why}`;
}

const HERE = 'conflict (local): changed on both sides: the newer version, from here, is kept';
const THERE = 'conflict (remote): changed on both sides: the newer version, from the server, is kept';
const TIED = "conflict (remote): changed on both sides at the same time: the server's version is kept";
const BOTH = 'merge: changed on both sides';
const PARTS = 'merge: content changed on one side, mode on the other';

/** Every way in which base, here and there can stand to each other; the last column is for files that are merged. */
const table: readonly (readonly [Written, Written, Written, string, string?])[] = [
  [undefined, undefined, undefined, 'same: gone on both sides'],
  [undefined, 'A', undefined, 'upload: new here'],
  [undefined, undefined, 'A', 'download: new on the server'],
  [undefined, 'A', 'A', 'same: the same on both sides'],
  [undefined, 'A@200', 'A@100', 'same: the same on both sides'],
  [undefined, 'A@200', 'B@100', HERE, BOTH],
  [undefined, 'A@100', 'B@200', THERE, BOTH],
  [undefined, 'A@100', 'B@100', TIED, BOTH],
  [undefined, 'A@100+644', 'A@100', TIED],
  [undefined, 'A@200+644', 'A@100', HERE],
  ['A', 'A', 'A', 'same: the same on both sides'],
  ['A', undefined, undefined, 'same: gone on both sides'],
  ['A', 'B', 'B', 'same: the same on both sides'],
  ['A', 'B', 'A', 'upload: changed here'],
  ['A', 'B@1', 'A@900', 'upload: changed here'],
  ['A', 'A', 'B', 'download: changed on the server'],
  ['A', 'A@900', 'B@1', 'download: changed on the server'],
  ['A', undefined, 'A', 'delete-remote: deleted here'],
  ['A', 'A', undefined, 'delete-local: deleted on the server'],
  ['A', undefined, 'B', 'download: deleted here, but changed on the server'],
  ['A', undefined, 'A+644', 'download: deleted here, but changed on the server'],
  ['A', 'B', undefined, 'upload: deleted on the server, but changed here'],
  ['A', 'A+644', undefined, 'upload: deleted on the server, but changed here'],
  ['A', 'B@200', 'C@100', HERE, BOTH],
  ['A', 'B@100', 'C@200', THERE, BOTH],
  ['A', 'B@100', 'C@100', TIED, BOTH],
  ['A', 'A+644', 'A', 'upload: changed here'],
  ['A', 'A', 'A+644', 'download: changed on the server'],
  ['A', 'B+644', 'A', 'upload: changed here'],
  ['A', 'B', 'A+644', PARTS],
  ['A', 'A+644', 'B', PARTS],
  ['A', 'A@200+644', 'A@100+640', HERE],
  ['A', 'A@100+644', 'A@200+640', THERE],
  ['A', 'B@200+644', 'B@100', HERE],
  ['A', 'B@200+644', 'C@100', HERE, BOTH],
];

describe('makePlan for one file', () => {
  for (const [base, local, remote, expected, merged = expected] of table) {
    const title = `base ${base ?? '-'}, here ${local ?? '-'}, server ${remote ?? '-'}`;
    it(`decides ${title}: ${expected}`, () => assert.equal(decide([base, local, remote]), expected));
    it(`decides ${title} for a file that is merged: ${merged}`, () =>
      assert.equal(decide([base, local, remote], true), merged));
  }
});

function decidePair(key: Case, half: Case, merges: (name: string) => boolean = () => false): string[] {
  const files = new Map([
    ['id', sides(key)],
    ['id.pub', sides(half)],
  ]);
  return makePlan(files, merges).map(({ action, winner }) =>
    winner === undefined ? action : `${action} ${winner}`,
  );
}

/** Private key, public key, and what becomes of both. K is a key, P its public half; the digit tells pairs apart. */
const pairs: readonly (readonly [string, Case, Case, readonly [string, string]])[] = [
  ['the pair replaced here', ['K1', 'K2', 'K1'], ['P1', 'P2', 'P1'], ['upload', 'upload']],
  ['the pair replaced there', ['K1', 'K1', 'K2'], ['P1', 'P1', 'P2'], ['download', 'download']],
  [
    'replaced on both sides, here later',
    ['K1', 'K2@200', 'K3@100'],
    ['P1', 'P2@200', 'P3@100'],
    ['conflict local', 'conflict local'],
  ],
  [
    'replaced on both sides, each half newer on another side: the newest file decides for both',
    ['K1', 'K2@200', 'K3@150'],
    ['P1', 'P2@100', 'P3@300'],
    ['conflict remote', 'conflict remote'],
  ],
  [
    'replaced on both sides at the same time',
    ['K1', 'K2', 'K3'],
    ['P1', 'P2', 'P3'],
    ['conflict remote', 'conflict remote'],
  ],
  [
    'the private key changed here, the public one there',
    ['K1', 'K2@200', 'K1@100'],
    ['P1', 'P1@100', 'P2@100'],
    ['conflict local', 'conflict local'],
  ],
  [
    'what a side did not change says nothing about its time',
    ['K1', 'K2@200', 'K1@900'],
    ['P1', 'P1@100', 'P2@150'],
    ['conflict local', 'conflict local'],
  ],
  [
    'different new pairs, here without its public key and newer: the other public key would not fit',
    [undefined, 'K1@200', 'K2@100'],
    [undefined, undefined, 'P2@100'],
    ['conflict local', 'delete-remote'],
  ],
  [
    'different new pairs, here without its public key and older',
    [undefined, 'K1@100', 'K2@200'],
    [undefined, undefined, 'P2@200'],
    ['conflict remote', 'download'],
  ],
  [
    'different new pairs, the server without the public key and newer',
    [undefined, 'K1@100', 'K2@200'],
    [undefined, 'P1@100', undefined],
    ['conflict remote', 'delete-local'],
  ],
  [
    'the same private key, and a public one on the server only',
    [undefined, 'K1', 'K1'],
    [undefined, undefined, 'P1'],
    ['same', 'download'],
  ],
  [
    'the same private key, comments changed on both sides',
    ['K1', 'K1', 'K1'],
    ['P1', 'P2@100', 'P3@200'],
    ['same', 'conflict remote'],
  ],
  [
    'the private key here, its public half on the server',
    [undefined, 'K1', undefined],
    [undefined, undefined, 'P1'],
    ['upload', 'download'],
  ],
  [
    'a private key only here, the newer public half of another on the server',
    [undefined, 'K1@100', undefined],
    [undefined, 'P1@100', 'P2@900'],
    ['upload', 'conflict local'],
  ],
  [
    'the pair deleted here, replaced there',
    ['K1', undefined, 'K2'],
    ['P1', undefined, 'P2'],
    ['download', 'download'],
  ],
  [
    'the pair deleted here, its comment changed there: the edit brings both back',
    ['K1', undefined, 'K1'],
    ['P1', undefined, 'P2'],
    ['download', 'download'],
  ],
  [
    'the pair deleted there, its comment changed here: the edit brings both back',
    ['K1', 'K1', undefined],
    ['P1', 'P2', undefined],
    ['upload', 'upload'],
  ],
  [
    'the pair deleted here',
    ['K1', undefined, 'K1'],
    ['P1', undefined, 'P1'],
    ['delete-remote', 'delete-remote'],
  ],
  [
    'the pair deleted there',
    ['K1', 'K1', undefined],
    ['P1', 'P1', undefined],
    ['delete-local', 'delete-local'],
  ],
  [
    'the public key deleted here, the private one replaced there with it',
    ['K1', 'K1@900', 'K2'],
    ['P1', undefined, 'P2'],
    ['conflict remote', 'download'],
  ],
  [
    'the public key deleted here with a new private one, its comment changed there before',
    ['K1', 'K2@200', 'K1'],
    ['P1', undefined, 'P2@150'],
    ['conflict local', 'delete-remote'],
  ],
];

describe('makePlan for a private key and its .pub', () => {
  for (const [title, key, half, expected] of pairs)
    it(`${title}: ${expected.join(', ')}`, () => assert.deepEqual(decidePair(key, half), expected));

  it('decides a config and a file called config.pub by themselves', () => {
    const key: Case = ['A', 'B@200', 'C@100'];
    const half: Case = ['A', 'B@100', 'C@200'];
    const merges = (name: string): boolean => name === 'id';
    assert.deepEqual(decidePair(key, half, merges), ['merge', 'conflict remote']);
  });

  it('never takes the two keys of a pair from different sides if both sides have both', () => {
    const written = fc.constantFrom('1', '2', '3');
    const time = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(fc.option(written), written, written, time, time, (base, here, there, t1, t2) => {
        const key: Case = [base === null ? undefined : `K${base}`, `K${here}@${t1}`, `K${there}@${t2}`];
        const half: Case = [base === null ? undefined : `P${base}`, `P${here}@${t2}`, `P${there}@${t1}`];
        const [a, b] = decidePair(key, half);
        assert.equal(a, b);
      }),
    );
  });
});

describe('makePlan', () => {
  const anyVersion = fc.option(
    fc.record({
      hash: fc.constantFrom('A', 'B', 'C'),
      mode: fc.constantFrom(0o600, 0o644),
      mtime: fc.integer({ min: 0, max: 3 }),
    }),
    { nil: undefined },
  );
  const anySides = fc.record({ base: anyVersion, local: anyVersion, remote: anyVersion });
  const mirrored = new Map<string, string>([
    ['upload', 'download'],
    ['download', 'upload'],
    ['delete-local', 'delete-remote'],
    ['delete-remote', 'delete-local'],
  ]);

  it('decides from the other side the opposite, but for files of equal time', () => {
    fc.assert(
      fc.property(anySides, fc.boolean(), (found, merges) => {
        const { base, local, remote } = found;
        fc.pre(local?.mtime !== remote?.mtime || local === undefined);
        const [here] = makePlan(new Map([['file', found]]), () => merges);
        const [there] = makePlan(new Map([['file', { base, local: remote, remote: local }]]), () => merges);
        assert.equal(there?.action, mirrored.get(here?.action ?? '') ?? here?.action);
        assert.equal(there?.winner === here?.winner, here?.winner === undefined);
      }),
    );
  });

  it('never deletes what was changed since the last common version', () => {
    fc.assert(
      fc.property(anySides, fc.boolean(), (found, merges) => {
        const [decision] = makePlan(new Map([['file', found]]), () => merges);
        const { base, local, remote } = found;
        if (decision?.action === 'delete-local')
          assert.deepEqual([local?.hash, local?.mode, remote], [base?.hash, base?.mode, undefined]);
        if (decision?.action === 'delete-remote')
          assert.deepEqual([remote?.hash, remote?.mode, local], [base?.hash, base?.mode, undefined]);
      }),
    );
  });

  it('names every file once, in the order in which it was given', () => {
    const files = new Map(
      ['id.pub', 'config', 'id', 'id.pub.pub'].map((name) => [name, sides(['A', 'B', 'C'])] as const),
    );
    assert.deepEqual(
      makePlan(files, () => false).map(({ name }) => name),
      ['id.pub', 'config', 'id', 'id.pub.pub'],
    );
  });
});
