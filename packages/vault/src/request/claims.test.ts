import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError, utf8 } from '@orrery/bytes';
import fc from 'fast-check';
import { base64url, readClaims, splitToken } from './claims.ts';

const good = {
  aud: ['https://example.org', 'account'],
  sub: 'device',
  username: 'alice',
  machine: 'laptop',
  htm: 'GET',
  htu: '/v1/ledger?after=1',
  body: 'digest',
  iat: 1_800_000_000,
  exp: 1_800_000_120,
  jti: 'id',
};

function part(value: unknown): string {
  return base64url(utf8(JSON.stringify(value)));
}

const head = part({ alg: 'ES256', typ: 'JWT' });

test('base64url has no padding', () => {
  assert.equal(base64url(Uint8Array.of(0xfb, 0xff, 0xfe, 0xff)), '-__-_w');
  assert.equal(base64url(new Uint8Array()), '');
});

test('splitToken gives the parts of a token', () => {
  assert.deepEqual(splitToken(`${head}.${part(good)}.-__-_w`), {
    alg: 'ES256',
    claims: good,
    signed: `${head}.${part(good)}`,
    signature: Uint8Array.of(0xfb, 0xff, 0xfe, 0xff),
  });
  assert.equal(splitToken(`${part({})}.${part(1)}.`).alg, undefined);
});

test('splitToken refuses what is not three parts of canonical base64url', () => {
  const bad = {
    'no part': '',
    'two parts': `${head}.${head}`,
    'four parts': `${head}.${head}.AA.AA`,
    'a padded signature': `${head}.${head}.AA==`,
    'stray bits in the signature': `${head}.${head}.AB`,
    'a blank': `${head}.${head}. AAAA`,
    'the other alphabet': `${head}.${head}.+/+/`,
    'a header that is a number': `${part(1)}.${head}.AA`,
    'a header that is null': `${part(null)}.${head}.AA`,
    'critical extensions': `${part({ alg: 'ES256', crit: ['b64'], b64: false })}.${head}.AA`,
    'an empty list of critical extensions': `${part({ alg: 'ES256', crit: [] })}.${head}.AA`,
  };
  for (const [name, token] of Object.entries(bad))
    assert.throws(
      () => splitToken(token),
      (error) => error instanceof FormatError || error instanceof SyntaxError,
      name,
    );
});

test('splitToken refuses a part that is no JSON in UTF-8', () => {
  for (const bytes of [Uint8Array.of(0xff), utf8('{'), utf8(''), utf8('{"alg":"ES256"} x')])
    assert.throws(() => splitToken(`${head}.${base64url(bytes)}.AA`));
});

test('readClaims reads every claim and no other', () => {
  assert.deepEqual(readClaims(good), good);
  assert.deepEqual(readClaims({ ...good, admin: true }), good);
});

test('readClaims refuses a claim that is missing or of another type', () => {
  for (const name of Object.keys(good)) {
    const rest = Object.fromEntries(Object.entries(good).filter(([other]) => other !== name));
    assert.throws(() => readClaims(rest), FormatError, `without ${name}`);
    for (const value of [null, true, 1.5, {}, [], ['a'], ['a', 'b', 'c'], ['a', 1]])
      assert.throws(
        () => readClaims({ ...rest, [name]: value }),
        FormatError,
        `${name} ${JSON.stringify(value)}`,
      );
  }
  for (const value of ['1800000000', 2 ** 53, Number.NaN, -0.5])
    assert.throws(() => readClaims({ ...good, exp: value }), FormatError);
  for (const value of [1, 'text', null, undefined, [good]])
    assert.throws(() => readClaims(value), FormatError);
});

test('readClaims takes no claim from a prototype', () => {
  assert.throws(() => readClaims(Object.create(good)), FormatError);
});

test('readClaims answers any JSON with claims or a FormatError', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => assert.throws(() => readClaims(value), FormatError)));
});
