import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSafeHost, isSafeUser } from './names.ts';

test('isSafeHost takes names and addresses, and nothing with a meaning to a shell', () => {
  for (const host of ['web', 'web.example.org', '10.0.0.1', 'fe80::1%eth0', 'xn--bcher-kva', 'bücher', 'a_b'])
    assert.equal(isSafeHost(host), true, host);
  for (const character of '\'`"$\\;&<>|(){} \t\n\r\0\x7f')
    assert.equal(isSafeHost(`a${character}b`), false, character);
  assert.equal(isSafeHost('-oProxyCommand=x'), false);
  assert.equal(isSafeHost(''), false);
});

test('isSafeUser takes spaces and backslashes inside, but no option and no command', () => {
  for (const user of ['alice', 'alice smith', 'DOMAIN\\alice', 'a@b', 'a-b', 'ä'])
    assert.equal(isSafeUser(user), true, user);
  for (const character of '\'`"$;&<>|(){}\n\0\x1b')
    assert.equal(isSafeUser(`a${character}b`), false, character);
  for (const user of ['-l', 'a -l', 'a\\']) assert.equal(isSafeUser(user), false, user);
});
