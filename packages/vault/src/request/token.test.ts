import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { ecdsaP256, sha256 } from '@orrery/crypto';
import fc from 'fast-check';
import { deviceNamed } from '../../testing/account.ts';
import { laptop, oldBox, phone } from '../../testing/scenes.ts';
import type { Device } from '../device/secret.ts';
import { signLabelled } from '../device/signing.ts';
import { classicSuite } from '../device/suite.ts';
import { MAX_TOKEN_BYTES } from '../limits.ts';
import { base64url, type Claims } from './claims.ts';
import {
  signToken,
  TOKEN_LIFETIME,
  TokenError,
  tokenFitsBody,
  unverifiedClaims,
  verifyToken,
  type BoundRequest,
  type Caller,
  type TokenErrorCode,
} from './token.ts';

const NOW = 1_800_000_000;
const account = new Uint8Array(32).fill(7);
const caller: Caller = { origin: 'https://sync.example.org', account, username: 'alice', machine: 'laptop' };
const request: BoundRequest = { method: 'POST', target: '/v1/ledger?x=1', body: utf8('body') };
const expected = { origins: ['https://sync.example.org'], account, method: 'POST', target: '/v1/ledger?x=1' };

function refused(code: TokenErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof TokenError && error.code === code;
}

/** A token with this header and these claims, signed by the device as it signs any token. */
async function tokenOf(device: Device, header: object, claims: object): Promise<string> {
  const signed = [header, claims].map((part) => base64url(utf8(JSON.stringify(part)))).join('.');
  return `${signed}.${base64url(await device.tokenSigner.sign(utf8(signed)))}`;
}

function claimsFor(device: Device): Claims {
  return {
    aud: ['https://sync.example.org', base64url(account)],
    sub: device.id.toHex(),
    username: 'alice',
    machine: 'laptop',
    htm: 'POST',
    htu: '/v1/ledger?x=1',
    body: base64url(sha256(utf8('body'))),
    iat: NOW,
    exp: NOW + 120,
    jti: 'once',
  };
}

test('verifyToken accepts what signToken signed, for both suites', async () => {
  for (const device of [laptop, oldBox]) {
    const token = await signToken(device, caller, request, NOW);
    const claims = verifyToken(token, device.keys, expected, NOW);
    assert.deepEqual({ ...claims, jti: 'once' }, claimsFor(device));
    assert.match(claims.jti, /^[\w-]{22}$/);
    assert.ok(token.length <= MAX_TOKEN_BYTES);
    assert.deepEqual(unverifiedClaims(token), claims);
  }
});

test('signToken makes an ES256 token that node:crypto verifies', async () => {
  const token = await signToken(oldBox, caller, request, NOW);
  const [header = '', payload = '', signature = ''] = token.split('.');
  assert.equal(Buffer.from(header, 'base64url').toString(), '{"alg":"ES256","typ":"JWT"}');
  const point = oldBox.keys.signing[0] ?? account;
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: base64url(point.subarray(1, 33)),
    y: base64url(point.subarray(33)),
  };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const signed = Buffer.from(`${header}.${payload}`);
  assert.equal(
    verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')),
    true,
  );
});

test('signToken uses a fresh id each time', async () => {
  const [a, b] = [
    await signToken(oldBox, caller, request, NOW),
    await signToken(oldBox, caller, request, NOW),
  ];
  assert.notEqual(unverifiedClaims(a).jti, unverifiedClaims(b).jti);
});

test('tokenFitsBody compares the digest of the body', async () => {
  const claims = unverifiedClaims(await signToken(oldBox, caller, request, NOW));
  assert.equal(tokenFitsBody(claims, utf8('body')), true);
  for (const body of [utf8('Body'), utf8('body '), new Uint8Array()])
    assert.equal(tokenFitsBody(claims, body), false);
  const empty = { ...request, body: new Uint8Array() };
  assert.equal(
    tokenFitsBody(unverifiedClaims(await signToken(oldBox, caller, empty, NOW)), new Uint8Array()),
    true,
  );
});

test('verifyToken refuses a token for another server, account, method or target', async () => {
  const token = await signToken(laptop, caller, request, NOW);
  const others = [
    { origins: [] },
    { origins: ['http://sync.example.org'] },
    { origins: ['https://sync.example.org:444'] },
    { account: new Uint8Array(32) },
    { method: 'GET' },
    { method: 'post' },
    { target: '/v1/ledger' },
    { target: '/v1/ledger?x=2' },
  ];
  for (const other of others)
    assert.throws(
      () => verifyToken(token, laptop.keys, { ...expected, ...other }, NOW),
      refused('origins' in other ? 'origin' : 'forbidden'),
    );
  const origins = ['https://other.example.org', 'https://sync.example.org'];
  assert.equal(verifyToken(token, laptop.keys, { ...expected, origins }, NOW).htm, 'POST');
});

test('verifyToken lets the keys choose the algorithm, whatever the header says', async () => {
  const other = deviceNamed('other old box', classicSuite);
  const claims = claimsFor(oldBox);
  assert.equal(
    verifyToken(await tokenOf(oldBox, { alg: 'ES256' }, claims), oldBox.keys, expected, NOW).jti,
    'once',
  );
  for (const alg of ['ML-DSA-65', 'none', 'HS256', 'es256', '', undefined, null, ['ES256']]) {
    const token = await tokenOf(oldBox, { alg }, claims);
    assert.throws(() => verifyToken(token, oldBox.keys, expected, NOW), refused('forbidden'));
  }
  const asHybrid = await tokenOf(oldBox, { alg: 'ML-DSA-65' }, claims);
  assert.throws(() => verifyToken(asHybrid, laptop.keys, expected, NOW), refused('forbidden'));
  const foreign = await tokenOf(other, { alg: 'ES256' }, claims);
  assert.throws(() => verifyToken(foreign, oldBox.keys, expected, NOW), refused('forbidden'));
  assert.equal(believesHeader(foreign, other.keys.signing[0] ?? account), true);
});

/** A naive server: takes the key that the token brings along. */
function believesHeader(token: string, key: Uint8Array): boolean {
  const end = token.lastIndexOf('.');
  const signature = Uint8Array.fromBase64(token.slice(end + 1), { alphabet: 'base64url' });
  return ecdsaP256.verifier(key).verify(utf8(token.slice(0, end)), signature);
}

test('verifyToken refuses another signature, or none', async () => {
  const token = await signToken(laptop, caller, request, NOW);
  const signed = token.slice(0, token.lastIndexOf('.'));
  const other = await signToken(laptop, { ...caller, username: 'bob' }, request, NOW);
  const [, ed25519] = laptop.signers;
  assert.ok(ed25519 !== undefined);
  const [entrySignature = account] = await signLabelled(
    laptop.signers,
    'orrery/vault/1/entry-signature',
    utf8(signed),
  );
  const signatures = [
    '',
    base64url(new Uint8Array(3309)),
    other.slice(other.lastIndexOf('.') + 1),
    base64url(await ed25519.sign(utf8(signed))),
    base64url(entrySignature),
  ];
  for (const signature of signatures)
    assert.throws(
      () => verifyToken(`${signed}.${signature}`, laptop.keys, expected, NOW),
      refused('forbidden'),
    );
  assert.throws(() => verifyToken(token, phone.keys, expected, NOW), refused('forbidden'));
});

test('verifyToken refuses claims that were changed after signing', async () => {
  const claims = claimsFor(oldBox);
  const token = await tokenOf(oldBox, { alg: 'ES256' }, claims);
  const [header, , signature] = token.split('.');
  const changes: readonly Partial<Claims>[] = [
    { exp: NOW + 121 },
    { jti: 'twice' },
    { sub: 'x' },
    { body: 'x' },
    { machine: 'x' },
  ];
  for (const change of changes) {
    const payload = base64url(utf8(JSON.stringify({ ...claims, ...change })));
    const altered = `${header}.${payload}.${signature}`;
    assert.throws(() => verifyToken(altered, oldBox.keys, expected, NOW), refused('forbidden'));
  }
});

test('verifyToken accepts a token for two minutes, from half a minute before its time', async () => {
  assert.equal(TOKEN_LIFETIME, 120);
  const token = await signToken(oldBox, caller, request, NOW);
  for (const now of [NOW - 30, NOW, NOW + 119])
    assert.equal(verifyToken(token, oldBox.keys, expected, now).iat, NOW);
  for (const now of [NOW - 31, NOW + 120, NOW + 1000, 0])
    assert.throws(() => verifyToken(token, oldBox.keys, expected, now), refused('clock'));
});

test('verifyToken refuses a token that claims to be good for longer', async () => {
  const claims = claimsFor(oldBox);
  for (const times of [{ exp: NOW + 121 }, { iat: NOW - 1 }, { iat: -(2 ** 50) }, { exp: 2 ** 50 }]) {
    const token = await tokenOf(oldBox, { alg: 'ES256' }, { ...claims, ...times });
    assert.throws(() => verifyToken(token, oldBox.keys, expected, NOW), refused('clock'));
  }
});

test('a token for another server says so only to who could sign it', async () => {
  const token = await signToken(oldBox, { ...caller, origin: 'https://evil.example.org' }, request, NOW);
  assert.throws(() => verifyToken(token, oldBox.keys, expected, NOW), {
    code: 'origin',
    message:
      'Cannot accept request token: it is for "https://evil.example.org", and this server is https://sync.example.org',
  });
  assert.throws(() => verifyToken(token, deviceNamed('other old box', classicSuite).keys, expected, NOW), {
    message: 'Cannot accept request token: its signature does not verify',
  });
});

test('unverifiedClaims refuses tokens longer than 8,192 bytes', async () => {
  const claims = claimsFor(oldBox);
  const fits = await tokenOf(oldBox, { alg: 'ES256' }, { ...claims, htu: 'x'.repeat(5000) });
  assert.equal(unverifiedClaims(fits).htu.length, 5000);
  const long = await tokenOf(oldBox, { alg: 'ES256' }, { ...claims, htu: 'x'.repeat(8000) });
  assert.throws(() => unverifiedClaims(long), refused('malformed'));
});

test('unverifiedClaims and verifyToken answer any text with a TokenError', async () => {
  const token = await signToken(oldBox, caller, request, NOW);
  const mutated = fc
    .tuple(fc.nat({ max: token.length - 1 }), fc.string({ maxLength: 3 }))
    .map(([at, patch]) => token.slice(0, at) + patch + token.slice(at + 1));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), mutated), (text) => {
      if (text === token) return;
      assert.throws(() => verifyToken(text, oldBox.keys, expected, NOW), TokenError);
    }),
  );
});
