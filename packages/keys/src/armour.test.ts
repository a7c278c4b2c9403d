import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '@orrery/bytes';
import * as fc from 'fast-check';
import { printArmour, readArmour } from './armour.ts';

test('readArmour reads label, headers and bytes, whatever stands around the block', () => {
  const text = [
    'Some words.',
    '-----BEGIN EC PARAMETERS-----',
    'BggqhkjOPQMBBw==',
    '-----END EC PARAMETERS-----',
    '-----BEGIN EC PRIVATE KEY-----',
    'Proc-Type: 4,ENCRYPTED',
    'DEK-Info: AES-128-CBC,00',
    '',
    'AQID',
    'BAU=',
    '-----END EC PRIVATE KEY-----',
    'more words',
  ];
  for (const newline of ['\n', '\r\n']) {
    const block = readArmour(text.join(newline), 'PRIVATE KEY');
    assert.equal(block?.label, 'EC PRIVATE KEY');
    assert.deepEqual(
      [...(block?.headers ?? [])],
      [
        ['Proc-Type', '4,ENCRYPTED'],
        ['DEK-Info', 'AES-128-CBC,00'],
      ],
    );
    assert.deepEqual(block?.bytes, Uint8Array.of(1, 2, 3, 4, 5));
  }
});

test('readArmour finds no block where there is none, and refuses one that is malformed', () => {
  for (const text of ['', 'words', '-----BEGIN PUBLIC KEY-----\nAQID\n-----END PUBLIC KEY-----\n']) {
    assert.equal(readArmour(text, 'PRIVATE KEY'), undefined);
  }
  for (const text of [
    '-----BEGIN PRIVATE KEY-----\nAQID\n',
    '-----BEGIN PRIVATE KEY-----\nAQID\n-----END RSA PRIVATE KEY-----\n',
    '-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----\n',
    '-----BEGIN PRIVATE KEY-----\nAQ*D\n-----END PRIVATE KEY-----\n',
  ]) {
    assert.throws(() => readArmour(text, 'PRIVATE KEY'), FormatError);
  }
});

test('printArmour writes lines of the length that is asked for, and headers before them', () => {
  const block = { label: 'RSA PRIVATE KEY', headers: new Map([['A', 'b']]), bytes: new Uint8Array(60) };
  const base64 = 'A'.repeat(80);
  assert.deepEqual(printArmour(block, 64).split('\n'), [
    '-----BEGIN RSA PRIVATE KEY-----',
    'A: b',
    '',
    base64.slice(0, 64),
    base64.slice(64),
    '-----END RSA PRIVATE KEY-----',
    '',
  ]);
  const lines = printArmour({ ...block, headers: new Map() }, 70).split('\n');
  assert.deepEqual(lines.slice(1, -2), [base64.slice(0, 70), base64.slice(70)]);
});

test('readArmour reads what printArmour writes, of private and public keys each where they are asked for', () => {
  const headers = fc.constantFrom(new Map<string, string>(), new Map([['Proc-Type', '4,ENCRYPTED']]));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), headers, (bytes, found) => {
      const text = printArmour({ label: 'PRIVATE KEY', headers: found, bytes }, 64);
      assert.deepEqual(readArmour(text, 'PRIVATE KEY'), { label: 'PRIVATE KEY', headers: found, bytes });
      assert.equal(readArmour(text, 'PUBLIC KEY'), undefined);
    }),
  );
});
