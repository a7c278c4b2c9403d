import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseForward } from './forwards.ts';

test('parseForward reads ports, addresses and sockets', () => {
  const cases = [
    ['80:web:81', 'local', '80 [web]:81'],
    ['a:80:web:81', 'local', '[a]:80 [web]:81'],
    ['[::1]:80:[::2]:81', 'local', '[::1]:80 [::2]:81'],
    ['80:/run/s', 'local', '80 /run/s'],
    ['a:80:/run/s', 'local', '[a]:80 /run/s'],
    ['/run/s:web:81', 'local', '/run/s [web]:81'],
    ['/run/s:/run/t', 'local', '/run/s /run/t'],
    ['0:web:81', 'remote', '0 [web]:81'],
    ['9000', 'remote', '9000 [socks]:0'],
    ['a:9000', 'remote', '[a]:9000 [socks]:0'],
    ['1080', 'dynamic', '1080'],
    ['a:1080', 'dynamic', '[a]:1080'],
  ] as const;
  for (const [text, kind, expected] of cases) assert.equal(parseForward(text, kind), expected, text);
});

test('parseForward refuses what is no forwarding', () => {
  for (const text of [
    '',
    '80',
    '80:',
    '80:web',
    '0:web:80',
    '80:web:0',
    '80:web:65536',
    'a:b:c:d',
    '1:2:3:4:5',
    '[::1:80:a:1',
  ])
    assert.equal(parseForward(text, 'local'), undefined, text);
  for (const text of ['', '0', 'x', 'a:b', '1:2:3'])
    assert.equal(parseForward(text, 'dynamic'), undefined, text);
});

test('parseForward gives two ends or nothing for every text', () => {
  const field = fc.constantFrom('80', '/s', 'web', '[::1]', '', 'x:', '0', '99999');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(field).map((fields) => fields.join(':')),
      ),
      (text) => {
        const found = parseForward(text, 'local');
        if (found !== undefined) assert.match(found, /^\S.* \S/s);
      },
    ),
  );
});
