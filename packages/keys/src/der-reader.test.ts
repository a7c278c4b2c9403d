import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError } from '@orrery/bytes';
import * as fc from 'fast-check';
import { DerReader, NULL, OCTET_STRING } from './der-reader.ts';

const der = (hex: string): DerReader => new DerReader(Uint8Array.fromHex(hex));

test('DerReader reads the values of a sequence in their order', () => {
  const whole = der('301002017f02020080050006032b65700400');
  const fields = whole.sequence();
  whole.end();
  assert.equal(fields.count(), 127);
  assert.deepEqual(fields.unsigned(), Uint8Array.of(0x80));
  assert.deepEqual(fields.value(NULL), new Uint8Array());
  assert.equal(fields.objectIdentifier(), '2b6570');
  assert.equal(fields.isAtEnd, false);
  assert.deepEqual(fields.value(OCTET_STRING), new Uint8Array());
  assert.equal(fields.isAtEnd, true);
  fields.end();
});

test('DerReader reads lengths of one byte and more', () => {
  assert.equal(der(`047f${'00'.repeat(127)}`).value(OCTET_STRING).length, 127);
  assert.equal(der(`048180${'00'.repeat(128)}`).value(OCTET_STRING).length, 128);
  assert.equal(der(`04820100${'00'.repeat(256)}`).value(OCTET_STRING).length, 256);
});

test('DerReader refuses what is not DER', () => {
  for (const hex of [
    '', // no tag
    '04', // no length
    '0401', // no content
    '040100ff', // something behind the content
    '048100', // a length with an unnecessary byte
    `04817f${'00'.repeat(127)}`, // the same
    `0482000a${'00'.repeat(10)}`, // a length with a zero before it
    '0480', // a length without an end
    '048500000000010a', // a length of five bytes
    '040a00', // a content that is cut
  ]) {
    assert.throws(
      () => {
        const reader = der(hex);
        reader.value(OCTET_STRING);
        reader.end();
      },
      FormatError,
      hex,
    );
  }
});

test('DerReader refuses integers that are empty, negative, too long or not in the shortest form', () => {
  for (const hex of ['0200', '020180', '0202ffff', '0202007f', '02020000']) {
    assert.throws(() => der(hex).unsigned(), FormatError, hex);
  }
  assert.deepEqual(der('020100').unsigned(), new Uint8Array());
  assert.equal(der('020100').count(), 0);
  assert.equal(der('02047fffffff').count(), 0x7fff_ffff);
  assert.throws(() => der('02050100000000').count(), {
    message: 'Cannot read DER integer: it is too large',
  });
});

test('DerReader names the tag that it found', () => {
  assert.throws(() => der('0500').value(OCTET_STRING), {
    name: 'FormatError',
    message: 'Cannot read DER at offset 0: found tag 5, 4 expected',
  });
});

test('DerReader throws nothing but FormatError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        const fields = new DerReader(bytes).sequence();
        while (!fields.isAtEnd) fields.unsigned();
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }),
  );
});
