import assert from 'node:assert/strict';
import { test } from 'node:test';

import { jsonLine } from './json-line.ts';

test('jsonLine puts the event first and keeps it whatever the fields say', () => {
  assert.equal(jsonLine('done', { files: 3 }), '{"event":"done","files":3}');
  assert.equal(jsonLine('done', { event: 'other', files: 3 }), '{"event":"done","files":3}');
});

test('jsonLine writes a bigint as a decimal string and bytes as hexadecimal, at any depth', () => {
  const fields = { size: 2n ** 64n, list: [{ key: new Uint8Array([0, 255]) }, Buffer.from('a')] };
  assert.equal(
    jsonLine('key', fields),
    '{"event":"key","size":"18446744073709551616","list":[{"key":"00ff"},"61"]}',
  );
});

test('jsonLine is one line in which every character is seen', () => {
  assert.equal(jsonLine('name', { name: 'a\n\u202eb\x9b' }), '{"event":"name","name":"a\\n\\u202eb\\u009b"}');
});
