import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headRank, headTakes, headsMeet } from './head.ts';
import { type Directive, parseLine } from './parse.ts';

function head(text: string): Directive {
  const line = parseLine(text);
  assert.ok(line.kind === 'directive');
  return line;
}

test('headRank puts blocks for named hosts before those with wildcards, and those for every host last', () => {
  const ranks: [string, number][] = [
    ['Host a b', 0],
    ['Host a !*', 0],
    ['Host a # *', 0],
    ['Host *.b', 1],
    ['Host a? !b', 1],
    ['Host *', 2],
    ['Host a ?*', 2],
    ['Match host a,b', 0],
    ['Match originalhost "*.c" user x', 1],
    ['Match host *', 2],
    ['Match all', 2],
    ['Match user x', 2],
  ];
  for (const [text, rank] of ranks) assert.equal(headRank(head(text)), rank, text);
  assert.equal(headRank(undefined), 0);
});

test('headsMeet rules out a common host for plain Host lines only', () => {
  const pairs: [string, string, boolean][] = [
    ['Host a', 'Host b', false],
    ['Host a b', 'Host c B', true],
    ['Host a', 'Host *', true],
    ['Host *.a', 'Host *.b', false],
    ['Host a', 'Host !a', false],
    ['Host a', 'Host b !c', false],
    ['Host a', 'Host "b"', true],
    ['Host a', 'Host b # a', true],
    ['Host a', 'Match host b', true],
    [`Host ${'a'.repeat(300)}`, 'Host b', true],
  ];
  for (const [one, other, expected] of pairs) {
    assert.equal(headsMeet(head(one), head(other)), expected, `${one} / ${other}`);
    assert.equal(headsMeet(head(other), head(one)), expected, `${other} / ${one}`);
  }
  assert.equal(headsMeet(undefined, head('Host a')), true);
});

test('headTakes says whether a name can switch a block on', () => {
  const cases: [string, 'host' | 'user', string, boolean][] = [
    ['Match host 10.*', 'host', '10.evil.example', true],
    ['Match host=10.*', 'host', '10.evil.example', true],
    ['Match user x HOST A,b*', 'host', 'Bank', true],
    ['Match host a', 'host', 'b', false],
    ['Match host a', 'host', '%h', true],
    ['Match !host a', 'host', 'b', true],
    ['Match host !a,b', 'host', 'c', true],
    ['Match "host" a', 'host', 'b', true],
    ['Match originalhost a', 'host', 'a', false],
    ['Match host a', 'user', 'a', false],
    ['Match user a', 'user', 'a', true],
    ['Match all', 'host', 'a', false],
    ['Host 10.*', 'host', '10.evil.example', true],
    ['Host a', 'host', 'b', false],
  ];
  for (const [text, field, value, expected] of cases)
    assert.equal(headTakes(head(text), field, value), expected, text);
});
