import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FormatError } from '@orrery/bytes';
import * as fc from 'fast-check';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { MAX_PUBLIC_KEY_LINE, parsePublicKeyLine } from './public-key.ts';
import { parseRfc4716 } from './rfc4716.ts';

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
