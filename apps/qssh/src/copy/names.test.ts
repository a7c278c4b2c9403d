import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  absolute,
  argumentNames,
  baseOf,
  bytesOf,
  isPlainName,
  joined,
  nameFromText,
  nameOf,
  shown,
  textOf,
} from './names.ts';

test('nameOf and bytesOf keep every byte', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(new Uint8Array(bytesOf(nameOf(bytes))), bytes)),
  );
});

test('textOf is the text that nameFromText was given, and undefined for what is no UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => assert.equal(textOf(nameFromText(text)), text)),
  );
  assert.equal(textOf('\xff'), undefined);
});

test('shown has nothing in it that a terminal would act on', () => {
  assert.equal(shown(nameFromText('ü\x1b[2J\n')), String.raw`ü\x1b[2J\n`);
  assert.equal(shown('a\xff\x9b'), String.raw`a\xff\x9b`);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.doesNotMatch(shown(nameOf(bytes)), /\p{Cc}/u)));
});

test('baseOf is the last part, joined and absolute put paths together', () => {
  assert.deepEqual(['a/b', 'a/b//', 'a', '/', '', '/a', '..'].map(baseOf), [
    'b',
    'b',
    'a',
    '/',
    '',
    'a',
    '..',
  ]);
  assert.deepEqual(
    [joined('a', 'b'), joined('a/', 'b'), joined('/', 'b'), joined('', 'b')],
    ['a/b', 'a/b', '/b', 'b'],
  );
  assert.deepEqual([absolute('/a', '/b'), absolute('a', '/b')], ['/a', '/b/a']);
});

test('isPlainName refuses what is not one name in a folder', () => {
  for (const name of ['', '.', '..', '/', 'a/b', '../a', 'a\0']) assert.equal(isPlainName(name), false, name);
  for (const name of ['...', '-rf', ' ', '\xff', 'a\nb']) assert.equal(isPlainName(name), true, name);
});

test('argumentNames has the bytes of text arguments', () => {
  assert.deepEqual(argumentNames(['-a', 'ü']), ['-a', '\xc3\xbc']);
});
