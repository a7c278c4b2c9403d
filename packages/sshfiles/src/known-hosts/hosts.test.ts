import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalHosts, parseHosts, withoutDefaultPort, withoutPort } from './hosts.ts';
import { hashed } from './testing.ts';

test('parseHosts tells names, patterns and exceptions apart, in lower case', () => {
  assert.deepEqual(parseHosts('Bank.Example,[10.0.0.1]:2222,*.corp,!x.corp,h?,,!'), {
    kind: 'list',
    names: ['bank.example', '[10.0.0.1]:2222'],
    patterns: ['*.corp', 'h?'],
    negated: ['x.corp', ''],
  });
});

test('parseHosts reads a hashed host and refuses one that ssh cannot compare', () => {
  const text = hashed('bank');
  assert.deepEqual(parseHosts(text), {
    kind: 'hashed',
    text,
    salt: new Uint8Array(20).fill(1),
    hash: Uint8Array.fromHex('3219cd997d415274ca553c6f9afa6a4a5e45d7f7'),
  });
  for (const broken of [`${text},bank`, text.replace('|1|', '|2|'), text.slice(0, -1), '|', `|1|AAAA|AAAA`]) {
    assert.equal(parseHosts(broken), undefined, broken);
  }
});

test('parseHosts refuses a list with a pattern so long that ssh ignores the list', () => {
  assert.equal(parseHosts(`bank,${'a'.repeat(1023)}`), undefined);
  assert.notEqual(parseHosts(`bank,${'a'.repeat(1022)}`), undefined);
});

test('canonicalHosts is one text for lists that differ in order, case and repetition only', () => {
  const canonical = (field: string): string | undefined => {
    const hosts = parseHosts(field);
    return hosts && canonicalHosts(hosts);
  };
  assert.equal(canonical('b,A,!c,*.d'), canonical('*.D,a,b,!C,b'));
  assert.notEqual(canonical('a,!c'), canonical('a,c'));
});

test('withoutDefaultPort and withoutPort take the form that ssh writes', () => {
  assert.deepEqual(['[h]:22', '[h]:222', 'h', '[::1]:22', '[h]'].map(withoutDefaultPort), [
    'h',
    '[h]:222',
    'h',
    '::1',
    '[h]',
  ]);
  assert.deepEqual(['[h]:22', 'h', '[::1]:2222'].map(withoutPort), ['h', undefined, '::1']);
});
