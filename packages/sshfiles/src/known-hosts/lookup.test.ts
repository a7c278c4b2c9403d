import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashHostName, isEntryFor } from './lookup.ts';
import { type Entry, parseKnownHosts } from './parse.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS';

function entry(hosts: string): Entry {
  const [line] = parseKnownHosts(new TextEncoder().encode(`${hosts} ${key}\n`)).lines;
  assert.ok(line?.kind === 'entry');
  return line;
}

test('isEntryFor knows names, patterns and ports, and honours exceptions', () => {
  assert.equal(isEntryFor(entry('web,*.example.org'), 'web'), true);
  assert.equal(isEntryFor(entry('web,*.example.org'), 'db.example.org'), true);
  assert.equal(isEntryFor(entry('*.example.org,!db.example.org'), 'db.example.org'), false);
  assert.equal(isEntryFor(entry('[web]:2222'), '[web]:2222'), true);
  assert.equal(isEntryFor(entry('[web]:2222'), 'web'), false);
});

test('isEntryFor knows the host that hashHostName hid, and no other', () => {
  const hidden = entry(hashHostName('web'));
  assert.equal(isEntryFor(hidden, 'web'), true);
  assert.equal(isEntryFor(hidden, 'wep'), false);
});
