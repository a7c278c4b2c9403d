import { concat, encode, string } from '@orrery/bytes';
import type { KeySigner } from '@orrery/keys';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logIn } from '../../testing/login.ts';
import { hostKey, testKey } from '../../testing/pair.ts';
import { encodeMessage } from '../transport/messages.ts';
import type { Authenticator, Offer } from './authenticator.ts';
import { AuthenticationError, type AuthMethod } from './client.ts';
import { CONNECTION, HOST_BOUND, requestKey, requestKeyForHost, signatureString } from './messages.ts';
import { publicKey } from './publickey-client.ts';

const good = testKey(2);
const other = testKey(3);

function allowing(...keys: readonly KeySigner[]): Authenticator & { readonly offers: Offer[] } {
  const offers: Offer[] = [];
  return {
    offers,
    policy: () => [['publickey']],
    allowsKey: async (offer) => {
      offers.push({ ...offer, key: offer.key.slice() });
      return keys.some(({ publicKey: blob }) => blob.toHex() === offer.key.toHex());
    },
  };
}

/** Signs `message` for this request, whatever it says. */
function forging(
  change: (request: { readonly sessionId: Uint8Array; readonly unsigned: Uint8Array }) => Uint8Array,
  hostBlob?: Uint8Array,
): AuthMethod {
  return {
    name: 'publickey',
    attempt: async ({ user, sessionId, ask }) => {
      const key = { signed: true, algorithm: 'ssh-ed25519', key: good.publicKey };
      const request = { user, service: CONNECTION, ...key };
      const unsigned =
        hostBlob === undefined
          ? encodeMessage(requestKey, { ...request, method: 'publickey' })
          : encodeMessage(requestKeyForHost, { ...request, method: HOST_BOUND, hostKey: hostBlob });
      const signature = await good.sign(change({ sessionId, unsigned }), 'ssh-ed25519');
      return ask(concat(unsigned, encode(signatureString, signature)));
    },
  };
}

describe('publicKey', () => {
  it('logs in with a key that the server takes, and asks before it signs', async () => {
    const authenticator = allowing(good);
    const { authenticated, error } = await logIn(authenticator, [publicKey(other), publicKey(good)]);
    assert.equal(error, undefined);
    assert.deepEqual(authenticated, {
      user: 'ann',
      steps: [{ method: 'publickey', key: good.publicKey }],
    });
    assert.deepEqual(
      authenticator.offers.map(({ key }) => key),
      [other.publicKey, good.publicKey, good.publicKey],
    );
  });

  it('signs at once when it is sure', async () => {
    const authenticator = allowing(good);
    const { authenticated } = await logIn(authenticator, [publicKey(good, { isSure: true })]);
    assert.equal(authenticated?.user, 'ann');
    assert.equal(authenticator.offers.length, 1);
  });

  it('does not sign with a key that the server refuses', async () => {
    const silent: KeySigner = { ...other, sign: () => Promise.reject(new Error('signed')) };
    const { error } = await logIn(allowing(good), [publicKey(silent)]);
    assert.ok(error instanceof AuthenticationError);
    assert.deepEqual(error.methods, ['publickey']);
  });

  it('gives up a key without an algorithm that the caller allows', async () => {
    const authenticator = allowing(good);
    const { error } = await logIn(authenticator, [publicKey(good, { algorithms: ['rsa-sha2-512'] })]);
    assert.ok(error instanceof AuthenticationError);
    assert.deepEqual(authenticator.offers, []);
  });

  it('chooses the first signature that the server told it takes', async () => {
    const named: KeySigner = { ...good, algorithms: ['unheard-of', 'ssh-ed25519'] };
    const authenticator = allowing(good);
    const { authenticated } = await logIn(authenticator, [publicKey(named)]);
    assert.equal(authenticated?.user, 'ann');
    assert.deepEqual(
      authenticator.offers.map(({ algorithm }) => algorithm),
      ['ssh-ed25519', 'ssh-ed25519'],
    );
  });

  it('goes on with the next key when one cannot sign', async () => {
    const broken: KeySigner = { ...other, sign: () => Promise.reject(new Error('no hands')) };
    const told: unknown[] = [];
    const methods = [publicKey(broken, { onSignError: (why) => void told.push(why) }), publicKey(good)];
    const { authenticated } = await logIn(allowing(good, other), methods);
    assert.equal(authenticated?.user, 'ann');
    assert.equal(String(told), 'Error: no hands');
  });
});

describe('publicKeyMethod', () => {
  const session = encode(string(64), new Uint8Array(32));

  it('takes a signature over the session and the request', async () => {
    const honest = forging(({ sessionId, unsigned }) => concat(encode(string(64), sessionId), unsigned));
    assert.equal((await logIn(allowing(good), [honest])).authenticated?.user, 'ann');
  });

  it('takes a signature that is bound to its own host key', async () => {
    const honest = forging(
      ({ sessionId, unsigned }) => concat(encode(string(64), sessionId), unsigned),
      hostKey.publicKey,
    );
    assert.equal((await logIn(allowing(good), [honest])).authenticated?.user, 'ann');
  });

  const forgeries: readonly (readonly [string, AuthMethod])[] = [
    ['of another session', forging(({ unsigned }) => concat(session, unsigned))],
    ['without a session', forging(({ unsigned }) => unsigned)],
    [
      'that is bound to another host',
      forging(({ sessionId, unsigned }) => concat(encode(string(64), sessionId), unsigned), other.publicKey),
    ],
    [
      'of another request',
      forging(({ sessionId, unsigned }) => concat(encode(string(64), sessionId), unsigned.subarray(1))),
    ],
  ];
  for (const [name, method] of forgeries)
    it(`refuses a signature ${name}`, async () => {
      const { authenticated, error } = await logIn(allowing(good), [method]);
      assert.equal(authenticated, undefined);
      assert.ok(error instanceof AuthenticationError);
    });

  it('wants another key for a second step', async () => {
    const authenticator: Authenticator = {
      ...allowing(good, other),
      policy: () => [['publickey', 'publickey']],
    };
    const same = await logIn(authenticator, [publicKey(good), publicKey(good)]);
    assert.ok(same.error instanceof AuthenticationError);
    const both = await logIn(authenticator, [publicKey(good), publicKey(other)]);
    assert.deepEqual(both.authenticated?.steps, [
      { method: 'publickey', key: good.publicKey },
      { method: 'publickey', key: other.publicKey },
    ]);
  });
});
