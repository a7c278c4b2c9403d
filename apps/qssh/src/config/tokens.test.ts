import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { expandEnvironment, expandTilde, expandTokens, makeTokens } from './tokens.ts';
import { ValueError } from './value-error.ts';

const tokens = makeTokens({
  home: '/home/me',
  uid: 1000,
  localUser: 'me',
  localHost: 'here.example.org',
  originalHost: 'typed',
  host: 'real',
  port: '22',
  user: 'them',
  hostKeyAlias: undefined,
  jump: undefined,
});

test('expandTokens replaces the tokens of ssh_config', () => {
  const text = '%%|%d|%h|%i|%j|%k|%L|%l|%n|%p|%r|%u';
  const expected = '%|/home/me|real|1000||real|here|here.example.org|typed|22|them|me';
  assert.equal(expandTokens(text, tokens, 'dhijkLlnpru'), expected);
});

test('expandTokens does not read what it has put in once more', () => {
  assert.equal(expandTokens('%h', { h: '%r%%' }, 'hr'), '%r%%');
});

test('expandTokens refuses tokens that the option does not take, and a lone percent sign', () => {
  assert.throws(() => expandTokens('%r', tokens, 'h'), new ValueError('unknown key %r in "%r"'));
  assert.throws(() => expandTokens('50%', tokens, 'h'), new ValueError('unknown key % in "50%"'));
  assert.throws(() => expandTokens('%z', tokens, 'hz'), ValueError);
});

test('expandEnvironment replaces variables, and refuses those that are not set', () => {
  assert.equal(expandEnvironment('${A}/$A/${B}', { A: 'x', B: '${A}' }), 'x/$A/${A}');
  assert.throws(() => expandEnvironment('${NONE}', {}), ValueError);
  assert.throws(() => expandEnvironment('${A', { A: 'x' }), ValueError);
  assert.throws(() => expandEnvironment('${toString}', {}), ValueError);
});

test('expandTilde knows the home of the user and of others', () => {
  assert.equal(expandTilde('~/.ssh/x', '/home/me'), '/home/me/.ssh/x');
  assert.equal(expandTilde('/~/x', '/home/me'), '/~/x');
  const { username, homedir } = userInfo();
  assert.equal(expandTilde(`~${username}/x`, '/home/me'), join(homedir, 'x'));
  assert.throws(() => expandTilde('~no-such-user/x', '/home/me'), ValueError);
});
