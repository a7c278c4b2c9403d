import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { addKnownHost } from './add-known-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'qssh-known-'));
const line = { name: '[web]:2222', type: 'ssh-ed25519', key: 'AAAA', isHashed: false };

after(() => rmSync(folder, { recursive: true }));

test('addKnownHost makes the file and its folder for nobody else', () => {
  const file = join(folder, '.ssh', 'known_hosts');
  addKnownHost(file, line);
  addKnownHost(file, { ...line, name: 'db' });
  assert.equal(readFileSync(file, 'utf8'), '[web]:2222 ssh-ed25519 AAAA\ndb ssh-ed25519 AAAA\n');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(statSync(join(folder, '.ssh')).mode & 0o777, 0o700);
});

test('addKnownHost ends a last line that has no end', () => {
  const file = join(folder, 'open');
  writeFileSync(file, 'x');
  addKnownHost(file, line);
  assert.equal(readFileSync(file, 'utf8'), 'x\n[web]:2222 ssh-ed25519 AAAA\n');
});

test('addKnownHost hides the name if it has to', () => {
  const file = join(folder, 'hidden');
  addKnownHost(file, { ...line, isHashed: true });
  assert.match(readFileSync(file, 'utf8'), /^\|1\|[\w+/]{27}=\|[\w+/]{27}= ssh-ed25519 AAAA\n$/);
});
