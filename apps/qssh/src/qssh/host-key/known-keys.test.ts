import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entriesOf, knownTypes, standingOf } from './known-keys.ts';

const one = 'AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS';
const other = 'AAAAC3NzaC1lZDI1NTE5AAAAIINc/Fk5qXvPRHBQRjqbGm5iSUCpn7YVTx3nqjL2mS1q';

function kindOf(text: string, type = 'ssh-ed25519'): string {
  return standingOf(entriesOf(new TextEncoder().encode(text), 'file', true), 'web', type, one).kind;
}

test('standingOf tells known, changed, new and revoked keys apart', () => {
  assert.equal(kindOf(''), 'new');
  assert.equal(kindOf(`web ssh-ed25519 ${one}\n`), 'known');
  assert.equal(kindOf(`web ssh-ed25519 ${other}\n`), 'changed');
  assert.equal(kindOf(`web ssh-ed25519 ${other}\nweb ssh-ed25519 ${one}\n`), 'known');
  assert.equal(kindOf(`web ssh-ed25519 ${other}\n`, 'ssh-rsa'), 'new');
  assert.equal(kindOf(`@revoked * ssh-ed25519 ${one}\nweb ssh-ed25519 ${one}\n`), 'revoked');
  assert.equal(kindOf(`@revoked wep ssh-ed25519 ${one}\nweb ssh-ed25519 ${one}\n`), 'known');
});

test('standingOf takes no authority for the key of a host', () => {
  assert.equal(kindOf(`@cert-authority web ssh-ed25519 ${one}\n`), 'new');
});

test('standingOf names the line', () => {
  const keys = entriesOf(new TextEncoder().encode(`# comment\n\nweb ssh-ed25519 ${one}\n`), 'file', true);
  const standing = standingOf(keys, 'web', 'ssh-ed25519', one);
  assert.ok(standing.kind === 'known');
  assert.equal(standing.by.line, 3);
});

test('knownTypes gives the types of the keys of one host', () => {
  const keys = entriesOf(new TextEncoder().encode(`web,wet ssh-ed25519 ${one}\n`), 'file', true);
  assert.deepEqual([...knownTypes(keys, 'wet')], ['ssh-ed25519']);
  assert.deepEqual([...knownTypes(keys, 'wep')], []);
});
