import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { lastKey, rememberKey } from './last-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'qssh-keys-'));
const file = join(folder, '.qssh', 'last_keys');

beforeEach(() => rmSync(join(folder, '.qssh'), { recursive: true, force: true }));
after(() => rmSync(folder, { recursive: true }));

test('rememberKey keeps the last key of every place, for nobody else to read', () => {
  assert.equal(lastKey(folder, 'me@web'), undefined);
  rememberKey(folder, 'me@web', 'SHA256:one');
  rememberKey(folder, 'me@[web]:2222', 'SHA256:two');
  rememberKey(folder, 'me@web', 'SHA256:three');
  assert.equal(lastKey(folder, 'me@web'), 'SHA256:three');
  assert.equal(lastKey(folder, 'me@[web]:2222'), 'SHA256:two');
  assert.equal(readFileSync(file, 'utf8'), 'me@[web]:2222 SHA256:two\nme@web SHA256:three\n');
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('rememberKey forgets the oldest of a thousand places', () => {
  rememberKey(folder, 'me@web', 'SHA256:one');
  const lines = Array.from({ length: 1000 }, (_, index) => `me@host${index} SHA256:x\n`);
  writeFileSync(file, lines.join(''));
  rememberKey(folder, 'me@new', 'SHA256:two');
  assert.equal(lastKey(folder, 'me@host0'), undefined);
  assert.equal(lastKey(folder, 'me@host1'), 'SHA256:x');
});

test('lastKey makes nothing of a file that is damaged', () => {
  rememberKey(folder, 'me@web', 'SHA256:one');
  writeFileSync(file, '\0\n me@web\nme@web MD5:x\n');
  assert.equal(lastKey(folder, 'me@web'), undefined);
});
