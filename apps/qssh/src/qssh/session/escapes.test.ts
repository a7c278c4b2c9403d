import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createEscapeReader, escapeCode } from './escapes.ts';

const tilde = 0x7e;

/** Bytes as text, actions as they are. */
function taken(...chunks: readonly string[]): string[] {
  const reader = createEscapeReader(tilde);
  return chunks.flatMap((chunk) =>
    reader
      .take(Buffer.from(chunk, 'latin1'))
      .map((typed) => (typeof typed === 'string' ? `<${typed}>` : Buffer.from(typed).toString('latin1'))),
  );
}

test('createEscapeReader finds escapes at the start of lines only', () => {
  assert.deepEqual(taken('~.'), ['<disconnect>']);
  assert.deepEqual(taken('a~.'), ['a~.']);
  assert.deepEqual(taken('a\r~.'), ['a\r', '<disconnect>']);
  assert.deepEqual(taken('a\n~R~v'), ['a\n', '<rekey>', '<louder>']);
});

test('createEscapeReader holds the escape character back until the next byte', () => {
  assert.deepEqual(taken('~', '.'), ['<disconnect>']);
  assert.deepEqual(taken('~', 'x'), ['~x']);
});

test('createEscapeReader sends a doubled escape character once, and what it does not know as it is', () => {
  assert.deepEqual(taken('~~.'), ['~.']);
  assert.deepEqual(taken('~a'), ['~a']);
});

test('createEscapeReader loses no byte of what has no escape character', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (chunks) => {
      const plain = chunks.map((chunk) => chunk.filter((byte) => byte !== tilde));
      const reader = createEscapeReader(tilde);
      const out = plain.flatMap((chunk) => reader.take(chunk));
      assert.deepEqual(Buffer.concat(out.filter((typed) => typeof typed !== 'string')), Buffer.concat(plain));
    }),
  );
});

test('escapeCode reads characters, control characters and none', () => {
  assert.equal(escapeCode('~'), 0x7e);
  assert.equal(escapeCode('^B'), 2);
  assert.equal(escapeCode('none'), undefined);
});
