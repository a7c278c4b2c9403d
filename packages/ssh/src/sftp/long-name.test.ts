import assert from 'node:assert/strict';
import { test } from 'node:test';

import { longName, modeText } from './long-name.ts';

const NOW = Date.UTC(2026, 5, 1) / 1000;
const parts = {
  name: Buffer.from('a\xff b', 'latin1'),
  mode: 0o100644,
  links: 1,
  user: 'alice',
  group: 'a-long-group-name',
  size: 12,
};

test('longName is the line of `ls -l`, with the time for the last half year and the year before and after', () => {
  const recent = new Date(2026, 4, 3, 4, 5).getTime() / 1000;
  assert.equal(
    Buffer.from(longName({ ...parts, modified: recent }, NOW)).toString('latin1'),
    '-rw-r--r--    1 alice    a-long-group-name       12 May  3 04:05 a\xff b',
  );
  const old = new Date(2019, 11, 31, 4, 5).getTime() / 1000;
  assert.match(
    Buffer.from(longName({ ...parts, modified: old }, NOW)).toString('latin1'),
    / Dec 31 {2}2019 a/,
  );
  assert.match(
    Buffer.from(longName({ ...parts, modified: NOW + 172_800 }, NOW)).toString('latin1'),
    / {2}2026 a/,
  );
});

test('modeText has letters for types and for permissions that are special', () => {
  assert.equal(modeText(0o040755), 'drwxr-xr-x ');
  assert.equal(modeText(0o120777), 'lrwxrwxrwx ');
  assert.equal(modeText(0o104755), '-rwsr-xr-x ');
  assert.equal(modeText(0o102644), '-rw-r-Sr-- ');
  assert.equal(modeText(0o041777), 'drwxrwxrwt ');
  assert.equal(modeText(0o041776), 'drwxrwxrwT ');
  assert.equal(modeText(0), '?--------- ');
});
