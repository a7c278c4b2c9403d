import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FormatError, utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { MAX_PUBLIC_KEY_LINE, parsePublicKeyLine } from './public-key.ts';
import { parseRfc4716, printRfc4716 } from './rfc4716.ts';

const folder = new KeyFolder();
after(() => folder.remove());

test('parseRfc4716 reads what ssh-keygen -e writes', () => {
  folder.generate('key', 'rsa', '-b', '1024');
  const text = folder.run('-e', '-m', 'RFC4716', '-f', 'key.pub');
  const { type, blob, bits } = parsePublicKeyLine(folder.text('key.pub'));
  const comment = /^Comment: "(.*)"$/m.exec(text)?.[1];
  assert.ok(comment?.startsWith('1024-bit RSA'));
  assert.deepEqual(parseRfc4716(text), { type, blob, bits, comment });
  assert.deepEqual(parseRfc4716(text.replaceAll('\n', '\r\n')), { type, blob, bits, comment });
});

const body = ['AAAAC3NzaC1lZDI1NTE5AAAAIJ0MLGfDnkwT1FJ8GdmRKMDj', '5QpXGDMEGUPL5S8zdW7C'];
const file = (...lines: readonly string[]): string =>
  ['---- BEGIN SSH2 PUBLIC KEY ----', ...lines, '---- END SSH2 PUBLIC KEY ----', ''].join('\n');

test('parseRfc4716 reads continued, unquoted and private headers', () => {
  const { comment } = parseRfc4716(file('x-kind: test', 'COMMENT: one \\', 'two', 'Subject: me', ...body));
  assert.equal(comment, 'one two');
  assert.equal(parseRfc4716(file(...body)).comment, undefined);
});

test('parseRfc4716 throws nothing but FormatError', () => {
  for (const text of [
    '',
    file(),
    file('Comment: x'),
    file('Comment: x', '@'),
    file(...body).replace('BEGIN', 'BEGUN'),
    file(...body, '-'),
    file(...body, ' '.repeat(MAX_PUBLIC_KEY_LINE)),
  ]) {
    assert.throws(() => parseRfc4716(text), FormatError);
  }
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.base64String())), (lines) => {
      try {
        parseRfc4716(file(...lines));
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
      }
    }),
  );
});

test('printRfc4716 writes what ssh-keygen -e writes, and ssh-keygen -i reads', () => {
  folder.generate('own', 'ed25519');
  const theirs = folder.run('-e', '-m', 'RFC4716', '-f', 'own.pub');
  assert.equal(printRfc4716(parseRfc4716(theirs)), theirs);
  const { blob } = parsePublicKeyLine(folder.text('own.pub'));
  for (const comment of [undefined, 'short', 'long '.repeat(40), 'ä'.repeat(100)]) {
    const text = printRfc4716({ blob, ...(comment !== undefined && { comment }) });
    assert.ok(text.split('\n').every((line) => utf8(line).length <= 72));
    assert.equal(parseRfc4716(text).comment, comment);
    writeFileSync(join(folder.path, 'rfc'), text);
    assert.equal(folder.run('-i', '-f', 'rfc').trim(), `ssh-ed25519 ${blob.toBase64()}`);
  }
});

test('printRfc4716 refuses comments that would be headers of their own, or too long', () => {
  const { blob } = parseRfc4716(file(...body));
  for (const comment of ['a\nSubject: b', 'a"b', 'a\u007f', 'x'.repeat(1025)])
    assert.throws(() => printRfc4716({ blob, comment }), RangeError);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (comment) => {
      // A colon, a quotation mark and a backslash mean something in a header.
      const text = comment.replaceAll(/[^\p{L}\p{N}@.: ]/gu, '').trim();
      assert.equal(parseRfc4716(printRfc4716({ blob, comment: text })).comment, text);
    }),
  );
});
