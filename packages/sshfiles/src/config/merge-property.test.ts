import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import { canonicalText, lineText } from './canonical.ts';
import { mergeConfig } from './merge.ts';
import { parseConfig } from './parse.ts';

type Block = readonly string[];

const line = fc.constantFrom(
  ...'  User a|  User b|  Port 1|  Port 2|\tport=1|  IdentityFile x|  IdentityFile y|  IdentityFile z\r'.split(
    '|',
  ),
  ...'  SendEnv A|# note|  # deep||  Odd 1|  "User" c|  LocalForward 1 a:1'.split('|'),
);
const head = fc.constantFrom(
  'Host a',
  'Host b',
  'Host c d',
  'host  a',
  'Host *',
  'Match all',
  'Match user x',
  'Host *.e',
  'Host f',
);
const block = fc
  .tuple(head, fc.array(line, { maxLength: 5 }))
  .map(([first, rest]): Block => [first, ...rest]);
const config = fc
  .tuple(fc.array(line, { maxLength: 3 }), fc.array(block, { maxLength: 5 }))
  .map(([globals, blocks]): Block[] => [globals, ...blocks]);

/** One change: a block or line is added, deleted, replaced or moved. */
type Edit = (blocks: readonly Block[]) => readonly Block[];

const at = fc.nat({ max: 9 });
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(at, block).map(
    ([index, added]): Edit =>
      (blocks) =>
        blocks.toSpliced(1 + (index % blocks.length), 0, added),
  ),
  at.map(
    (index): Edit =>
      (blocks) =>
        blocks.length < 2 ? blocks : blocks.toSpliced(1 + (index % (blocks.length - 1)), 1),
  ),
  fc
    .tuple(at, at, line)
    .map(([index, place, added]): Edit => change(index, (lines) => lines.toSpliced(1 + place, 0, added))),
  fc
    .tuple(at, at, line)
    .map(([index, place, added]): Edit => change(index, (lines) => lines.toSpliced(1 + place, 1, added))),
  fc.tuple(at, at).map(([index, place]): Edit => change(index, (lines) => lines.toSpliced(1 + place, 1))),
);
const move = fc.tuple(at, at).map(([from, to]): Edit => (blocks) => {
  if (blocks.length < 3) return blocks;
  const moved = blocks[1 + (from % (blocks.length - 1))] ?? [];
  return blocks.filter((other) => other !== moved).toSpliced(1 + (to % (blocks.length - 1)), 0, moved);
});

function change(index: number, apply: (lines: Block) => Block): Edit {
  return (blocks) => blocks.map((lines, place) => (place === index % blocks.length ? apply(lines) : lines));
}

function versions(edits: fc.Arbitrary<Edit>): fc.Arbitrary<readonly [string, string, string]> {
  const side = fc.array(edits, { maxLength: 4 });
  return fc.tuple(config, side, side, fc.boolean()).map(([base, ours, theirs, ended]) => {
    const text = (blocks: readonly Block[]): string => blocks.flat().join('\n') + (ended ? '\n' : '');
    const apply = (changes: readonly Edit[]): string =>
      text(changes.reduce((blocks, next) => next(blocks), base as readonly Block[]));
    return [text(base), apply(ours), apply(theirs)] as const;
  });
}

function merge(base: string | undefined, ours: string, theirs: string, prefer: 'ours' | 'theirs'): string {
  const { bytes } = mergeConfig(
    base === undefined ? undefined : utf8(base),
    utf8(ours),
    utf8(theirs),
    prefer,
  );
  return Buffer.from(bytes).toString('utf8');
}

/** What a config says: each directive with its block, and each comment. */
function statements(text: string): string[] {
  return parseConfig(utf8(text)).blocks.flatMap(({ head: first, lines }) => {
    const where = first === undefined ? '' : canonicalText(first);
    const said = lines.filter((each) => each.kind !== 'blank');
    return said.map((each) =>
      each.kind === 'directive' ? `${where} / ${canonicalText(each)}` : lineText(each),
    );
  });
}

/** What tells blocks, single values and other lines apart. */
function names(text: string): string[] {
  return parseConfig(utf8(text)).blocks.flatMap(({ head: first, lines }) => {
    const where = first === undefined ? '' : canonicalText(first);
    const named = lines.map((each) => {
      if (each.kind !== 'directive') return lineText(each);
      return `${where} ${/user|port/.test(each.keyword) ? each.keyword : canonicalText(each)}`;
    });
    return [where, ...named.filter((name) => name !== '')];
  });
}

const runs = { numRuns: 500 };

test('mergeConfig gives the same bytes when sides and preference are swapped', () => {
  fc.assert(
    fc.property(versions(fc.oneof(edit, move)), fc.boolean(), ([base, ours, theirs], union) => {
      const common = union ? undefined : base;
      assert.equal(merge(common, ours, theirs, 'ours'), merge(common, theirs, ours, 'theirs'));
    }),
    runs,
  );
});

test('mergeConfig changes nothing when its result meets either side again', () => {
  fc.assert(
    fc.property(versions(edit), ([base, ours, theirs]) => {
      fc.pre([base, ours, theirs].map(names).every((all) => new Set(all).size === all.length));
      const merged = merge(base, ours, theirs, 'ours');
      assert.deepEqual(statements(merge(base, merged, theirs, 'ours')), statements(merged));
      assert.deepEqual(statements(merge(base, ours, merged, 'ours')), statements(merged));
    }),
    runs,
  );
});

test('mergeConfig loses nothing that either side added, unless it reports the loss', () => {
  fc.assert(
    fc.property(versions(fc.oneof(edit, move)), fc.boolean(), ([base, ours, theirs], union) => {
      const common = union ? '' : base;
      const { bytes, conflicts } = mergeConfig(utf8(common), utf8(ours), utf8(theirs), 'ours');
      const merged = new Set(statements(Buffer.from(bytes).toString('utf8')));
      const known = new Set(statements(common));
      const reported = conflicts.map(({ theirs: lost }) =>
        lost
          .replaceAll(/[\s="]+/g, ' ')
          .trim()
          .toLowerCase(),
      );
      for (const said of [...statements(ours), ...statements(theirs)]) {
        const isReported = reported.some((lost) => lost !== '' && said.endsWith(`/ ${lost}`));
        assert.ok(known.has(said) || merged.has(said) || isReported, said);
      }
    }),
    runs,
  );
});

test('mergeConfig keeps the order that either side has, where they do not contradict each other', () => {
  const heads = (text: string): string[] =>
    parseConfig(utf8(text)).blocks.map(({ head: first }) =>
      first === undefined ? '' : canonicalText(first),
    );
  fc.assert(
    fc.property(versions(edit), ([base, ours, theirs]) => {
      const [merged, ...sides] = [merge(base, ours, theirs, 'ours'), ours, theirs].map(heads);
      const all = [merged ?? [], ...sides, heads(base)];
      fc.pre(all.every((list) => new Set(list).size === list.length));
      const common = sides.map((side) => side.filter((name) => sides.every((list) => list.includes(name))));
      fc.pre(String(common[0]) === String(common[1]));
      for (const side of sides) {
        for (const [place, name] of side.entries()) {
          for (const later of side.slice(place + 1)) {
            if (merged?.includes(name) && merged.includes(later)) {
              assert.ok(merged.indexOf(name) < merged.indexOf(later), `${name} before ${later}`);
            }
          }
        }
      }
    }),
    runs,
  );
});

test('mergeConfig handles any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array(), (base, ours, theirs) => {
      const { bytes } = mergeConfig(base, ours, theirs, 'ours');
      assert.ok(bytes.length <= base.length + ours.length + theirs.length + 3);
    }),
  );
});
