import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import * as fc from 'fast-check';
import { key } from '../known-hosts/testing.ts';
import { authorizedKeysOf, parseAuthorizedKeys, printAuthorizedKeys } from './parse.ts';
import { type KeyRestrictions, narrowed, noRestrictions, refusalReason } from './restrictions.ts';

function restrictions(options: string): KeyRestrictions | string {
  const [line] = parseAuthorizedKeys(utf8(`${options} ${key(1)} me@home\n`)).lines;
  return line?.kind === 'key' ? line.restrictions : (line?.reason ?? '');
}

test('parseAuthorizedKeys tells keys, comments, blank and unreadable lines apart', () => {
  const text = `# mine\n\n  ${key(1)} me@home\nrestrict ${key(2)}\r\nnonsense\nno-such-option ${key(3)}\ncommand="x ${key(4)}\n`;
  const file = parseAuthorizedKeys(utf8(text));
  assert.deepEqual(
    file.lines.map(({ kind }) => kind),
    ['comment', 'blank', 'key', 'key', 'unreadable', 'unreadable', 'unreadable'],
  );
  const [first, second] = authorizedKeysOf(file);
  assert.equal(first?.key.comment, 'me@home');
  assert.equal(`${second?.key.type} ${second?.key.blob.toBase64()}`, key(2));
  assert.equal(second?.options, 'restrict');
});

test('the options of a key become restrictions, later ones over earlier ones', () => {
  assert.deepEqual(restrictions('restrict,pty,X11-Forwarding'), {
    ...noRestrictions,
    agentForwarding: false,
    portForwarding: false,
    userRc: false,
  });
  assert.deepEqual(restrictions('no-pty,no-agent-forwarding,no-touch-required,verify-required'), {
    ...noRestrictions,
    pty: false,
    agentForwarding: false,
    touchRequired: false,
    verifyRequired: true,
  });
  assert.deepEqual(
    restrictions('command="say \\"hi, you\\"",environment="A=1",environment="A=2",environment="B=x=y"'),
    {
      ...noRestrictions,
      command: 'say "hi, you"',
      environment: new Map([
        ['A', '1'],
        ['B', 'x=y'],
      ]),
    },
  );
  assert.deepEqual(
    restrictions('permitopen="h:22",permitopen="[::1]:*",permitlisten="8080",permitlisten="localhost:1"'),
    { ...noRestrictions, permitOpen: ['h:22', '[::1]:*'], permitListen: ['*:8080', 'localhost:1'] },
  );
  assert.deepEqual(restrictions('cert-authority,principals="a,b",tunnel="3"'), {
    ...noRestrictions,
    certAuthority: true,
    principals: 'a,b',
    tunnel: 3,
  });
  assert.deepEqual(
    restrictions('expiry-time="20300102Z",expiry-time="202901020304Z",expiry-time="20310101"'),
    {
      ...noRestrictions,
      expires: Date.UTC(2029, 0, 2, 3, 4),
    },
  );
});

test('a line with an option that is not understood gives no access', () => {
  const bad = [
    'nopty',
    'no-restrict',
    'command=x',
    'command="a",command="b"',
    'from="*",from="*"',
    'from="192.0.2.1/24"',
    'environment="A"',
    'environment="A-B=1"',
    'expiry-time="soon"',
    'expiry-time="20301301"',
    'permitopen="host"',
    'permitopen="host:0"',
    'permitlisten="a:b:c"',
    'principals="a"',
    'tunnel="x"',
    'restrict;pty',
    'command="a"b',
  ];
  for (const options of bad) assert.equal(typeof restrictions(options), 'string', options);
});

test('refusalReason tells where and when a key is good', () => {
  const place = { address: '192.0.2.7', host: 'a.example', now: Date.UTC(2029, 0, 1) };
  const reason = (options: string): string | undefined => {
    const found = restrictions(options);
    return typeof found === 'string' ? assert.fail(found) : refusalReason(found, place);
  };
  assert.equal(reason('from="192.0.2.0/24,!*.net"'), undefined);
  assert.equal(reason('from="192.0.2.0/24,!*.example"'), 'the key is not for logins from there');
  assert.equal(reason('expiry-time="20281231235959Z"'), 'the key has expired');
  assert.equal(reason('expiry-time="20290101Z"'), undefined);
});

test('printAuthorizedKeys gives back any bytes that were parsed', () => {
  const words = fc.constantFrom(
    'restrict',
    ',',
    ' ',
    '\n',
    '"',
    '\\',
    'command="',
    key(1),
    '#',
    '\0',
    'no-pty',
  );
  const text = fc.array(words, { maxLength: 30 }).map((parts) => utf8(parts.join('')));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), text), (bytes) => {
      assert.deepEqual(printAuthorizedKeys(parseAuthorizedKeys(bytes)), bytes);
    }),
    { numRuns: 500 },
  );
});

test('a line with more variables or places than OpenSSH takes gives no access', () => {
  const list = (length: number, option: (number: number) => string): string =>
    Array.from({ length }, (_, number) => option(number)).join(',');
  const variables = (count: number) => restrictions(list(count, (number) => `environment="A${number}="`));
  const places = (count: number) => restrictions(list(count, (number) => `permitopen="a:${number + 1}"`));
  for (const [limit, of] of [
    [1024, variables],
    [4096, places],
  ] as const) {
    assert.equal(typeof of(limit), 'object');
    assert.equal(typeof of(limit + 1), 'string');
  }
});

test('narrowed leaves what both keys allow, and nothing of two that force different commands', () => {
  const of = (options: string): KeyRestrictions => {
    const found = restrictions(options);
    return typeof found === 'string' ? noRestrictions : found;
  };
  assert.deepEqual(narrowed(of('no-pty'), of('permitopen="a:1",permitlisten="2",no-user-rc,tunnel="3"')), {
    ...noRestrictions,
    pty: false,
    userRc: false,
    permitOpen: ['a:1'],
    permitListen: ['*:2'],
    tunnel: 3,
  });
  assert.deepEqual(narrowed(of('permitopen="a:1"'), of('permitopen="b:2"'))?.permitOpen, ['a:1']);
  assert.equal(narrowed(of('command="x"'), of('command="x"'))?.command, 'x');
  assert.equal(narrowed(of(''), of('command="x"'))?.command, 'x');
  assert.equal(narrowed(of('command="x"'), of('command="y"')), undefined);
});
