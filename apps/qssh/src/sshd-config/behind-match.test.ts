import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSetBehindMatch } from './behind-match.ts';
import { parseSshdConfig } from './parse.ts';

function isSet(text: string, included = ''): boolean {
  const file = (content: string) => ({ name: 'x', bytes: new TextEncoder().encode(content) });
  const { items } = parseSshdConfig(file(text), [], () => [file(included)]);
  return isSetBehindMatch(items, 'banner');
}

test('isSetBehindMatch tells lines behind Match from those before, in included files as well', () => {
  assert.equal(isSet('Banner /a\nMatch User a\nPermitTTY no\n'), false);
  assert.equal(isSet('PermitTTY no\nMatch User a\nBanner /a\n'), true);
  assert.equal(isSet('Match all\nInclude y\n', 'Banner /a\n'), true);
  assert.equal(isSet('Include y\n', 'Match all\nBanner /a\n'), true);
  assert.equal(isSet('Include y\n', 'Banner /a\n'), false);
});
