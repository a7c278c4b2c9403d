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
    const block = readArmour(text.join(newline));
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
    assert.equal(readArmour(text), undefined);
  }
  for (const text of [
    '-----BEGIN PRIVATE KEY-----\nAQID\n',
    '-----BEGIN PRIVATE KEY-----\nAQID\n-----END RSA PRIVATE KEY-----\n',
    '-----BEGIN PRIVATE KEY-----\nA\n-----END PRIVATE KEY-----\n',
    '-----BEGIN PRIVATE KEY-----\nAQ*D\n-----END PRIVATE KEY-----\n',
  ]) {
    assert.throws(() => readArmour(text), FormatError);
  }
});

test('printArmour writes lines of 70 characters, which readArmour reads', () => {
  const lines = printArmour('OPENSSH PRIVATE KEY', new Uint8Array(60)).split('\n');
  assert.deepEqual(
    lines.map((line) => line.length),
    [35, 70, 10, 33, 0],
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.deepEqual(readArmour(printArmour('PRIVATE KEY', bytes))?.bytes, bytes);
    }),
  );
});
