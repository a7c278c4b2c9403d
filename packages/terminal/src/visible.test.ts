import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { visible, visibleJson } from './visible.ts';

const text = fc.string({ unit: 'binary' });
const unseen =
  /[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])/;

test('visible leaves text alone that a terminal shows as it is', () => {
  assert.equal(visible('laptop (Debian) \\x1b ~/.ssh'), 'laptop (Debian) \\x1b ~/.ssh');
  assert.equal(visible('Jürgen 東京 мир 🔑'), 'Jürgen 東京 мир 🔑');
});

test('visible escapes control characters, so that text stays one line and starts no escape sequence', () => {
  assert.equal(visible('a\nb\r\tc'), 'a\\nb\\r\\tc');
  assert.equal(visible('\x1b]0;title\x07\x00'), '\\x1b]0;title\\x07\\x00');
  assert.equal(visible('\x7f\x9b31m'), '\\x7f\\x9b31m');
});

test('visible escapes what turns the reading direction or is not seen', () => {
  assert.equal(visible('\u202egnp.exe\u2066'), '\\u202egnp.exe\\u2066');
  assert.equal(visible('pay\u200bpal\ufeff\u00ad'), 'pay\\u200bpal\\ufeff\\xad');
  assert.equal(visible('a\u2028b\ufe0f\u3164'), 'a\\u2028b\\ufe0f\\u3164');
  assert.equal(visible('\u{e0041}'), '\\u{e0041}');
});

test('visible escapes half of a surrogate pair', () => {
  assert.equal(visible('\ud83d!\udd11'), '\\ud83d!\\udd11');
});

test('visible leaves nothing to escape and may be applied again', () => {
  fc.assert(
    fc.property(text, (input) => {
      const output = visible(input);
      assert.doesNotMatch(output, unseen);
      assert.equal(visible(output), output);
    }),
  );
});

test('visibleJson shows every character and means the same to a parser', () => {
  assert.equal(visibleJson('"\u202e\u{e0041}"'), '"\\u202e\\udb40\\udc41"');
  fc.assert(
    fc.property(text, (input) => {
      const output = visibleJson(JSON.stringify(input));
      assert.doesNotMatch(output, unseen);
      assert.equal(JSON.parse(output), input);
    }),
  );
});
