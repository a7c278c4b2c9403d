import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeCharacter, octal, parsePort, size, trafficClass } from './values.ts';
import { ValueError } from './value-error.ts';

test('parsePort takes 1 to 65535', () => {
  assert.deepEqual(['1', '65535', '0', '65536', '+1', '0x1', ''].map(parsePort), [
    1,
    65_535,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('size knows K, M and G', () => {
  assert.deepEqual(['16', '1k', '512M', '1G'].map(size), [16, 1024, 536_870_912, 1_073_741_824]);
  for (const text of ['', 'x', '1T', '-1', '999999999999999G'])
    assert.throws(() => size(text), ValueError, text);
});

test('escapeCharacter, octal and trafficClass give the form that -G prints', () => {
  assert.deepEqual(['~', '^b', '^[', 'NONE'].map(escapeCharacter), ['~', '^B', '^[', 'none']);
  assert.deepEqual(['0177', '22', '0'].map(octal), ['0177', '022', '00']);
  assert.deepEqual(['AF21', '0x10', '184', '3', 'none'].map(trafficClass), [
    'af21',
    'lowdelay',
    'ef',
    '0x03',
    'none',
  ]);
  for (const text of ['xx', '^1', '']) assert.throws(() => escapeCharacter(text), ValueError, text);
  for (const text of ['8', '1000', 'x', '']) assert.throws(() => octal(text), ValueError, text);
  for (const text of ['256', 'af44', '']) assert.throws(() => trafficClass(text), ValueError, text);
});
