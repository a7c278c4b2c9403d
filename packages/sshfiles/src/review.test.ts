import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import { printable, reviewItem } from './review.ts';

const finding = {
  kind: 'ssh_config',
  where: utf8('Host *'),
  line: utf8('ProxyCommand nc %h %p'),
  change: 'added',
  reason: 'runs a program',
} as const;

test('reviewItem names the line and hashes its exact bytes, each behind its length', () => {
  const hash = createHash('sha256');
  for (const field of ['orrery review', 'ssh_config', 'Host *', 'ProxyCommand nc %h %p', 'added', '']) {
    hash.update(Uint8Array.of(0, 0, 0, field.length)).update(field);
  }
  assert.deepEqual(reviewItem(finding), {
    where: 'Host *',
    line: 'ProxyCommand nc %h %p',
    change: 'added',
    reason: 'runs a program',
    id: hash.digest('hex'),
  });
});

test('reviewItem gives another identity for every other field, but not for another reason', () => {
  const others = [
    { ...finding, kind: 'known_hosts' },
    { ...finding, where: utf8('Host a') },
    { ...finding, line: utf8('ProxyCommand nc %h %p ') },
    { ...finding, line: Uint8Array.of(0xfe) },
    { ...finding, line: Uint8Array.of(0xff) },
    { ...finding, change: 'removed' },
    { ...finding, context: utf8('x') },
  ] as const;
  assert.equal(new Set([finding, ...others].map((item) => reviewItem(item).id)).size, 8);
  assert.equal(reviewItem({ ...finding, reason: 'other' }).id, reviewItem(finding).id);
});

test('printable shows control, format and invalid bytes instead of obeying them', () => {
  assert.equal(printable(utf8('Host\tbüro 例')), 'Host\tbüro 例');
  assert.equal(printable(utf8('a\r\u001b[2K\u0000b')), 'a\\u{d}\\u{1b}[2K\\u{0}b');
  assert.equal(printable(utf8('\u202egnp\u200b\ufeff\u00a0')), '\\u{202e}gnp\\u{200b}\\u{feff}\\u{a0}');
  assert.equal(printable(Uint8Array.of(0x61, 0xff, 0xc3, 0x28, 0xe2, 0x82)), 'a\\xff\\xc3(\\xe2\\x82');
});

test('printable gives only visible characters, blanks and tabs for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.doesNotMatch(printable(bytes).replaceAll(/[ \t]/g, ''), /[\p{C}\p{Z}]/u);
    }),
  );
});
